CREATE TABLE kysely_migration (name varchar(255) PRIMARY KEY, timestamp varchar(255) NOT NULL);

CREATE TABLE kysely_migration_lock (id varchar(255) PRIMARY KEY, is_locked integer NOT NULL DEFAULT 0);

INSERT INTO kysely_migration_lock VALUES ('migration_lock', 0);

CREATE TABLE workspaces (id serial PRIMARY KEY, name text NOT NULL);

INSERT INTO workspaces (name) VALUES ('Acadenice');

CREATE TABLE pages (id serial PRIMARY KEY, slug_id text UNIQUE, title text, content text, updated_at timestamptz DEFAULT now());

INSERT INTO pages (slug_id, title, content) SELECT 'page-' || n, 'Page ' || n, repeat(md5(n::text), 20) FROM generate_series(1, 500) n;

INSERT INTO pages (slug_id, title, content) VALUES ('smoke-test-page', 'Smoke test', 'smoke');

