import type { Migration } from "./migration.ts";

/** What holds for the whole database. Its id keeps its sandboxes apart from those of another database on the same backend. */
const sql = (schema: string): string => `
create table ${schema}.settings (key text collate "C" primary key, value text not null);
insert into ${schema}.settings (key, value) values ('deployment_id', gen_random_uuid()::text);
`;

export const settings: Migration = { number: 8, name: "settings", sql };
