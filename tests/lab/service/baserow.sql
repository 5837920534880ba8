CREATE TABLE django_migrations (id serial PRIMARY KEY, app varchar(255) NOT NULL, name varchar(255) NOT NULL, applied timestamptz NOT NULL DEFAULT now());

INSERT INTO django_migrations (app, name) VALUES ('core', '0001_initial'), ('core', '0107_twofactorauth'), ('database', '0001_initial'), ('database', '0199_rollup_fields');

CREATE TABLE database_table (id serial PRIMARY KEY, name text NOT NULL);

INSERT INTO database_table (name) VALUES ('Personnes'), ('Formations'), ('Attributions'), ('Interventions');

CREATE TABLE formation (id serial PRIMARY KEY, name text NOT NULL, heures_rollup numeric NOT NULL);

CREATE TABLE attribution (id serial PRIMARY KEY, formation_id int REFERENCES formation, heures numeric NOT NULL, annulee boolean NOT NULL DEFAULT false);

INSERT INTO formation (name, heures_rollup) SELECT 'Formation ' || n, 0 FROM generate_series(1, 40) n;

INSERT INTO attribution (formation_id, heures, annulee) SELECT 1 + n % 40, 1 + n % 7, n % 11 = 0 FROM generate_series(1, 2000) n;

UPDATE formation f SET heures_rollup = (SELECT sum(heures) FROM attribution a WHERE a.formation_id = f.id AND NOT annulee);

