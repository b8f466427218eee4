#!/bin/sh
# Runs once, when the volume is empty: a role and a database for each <NAME>_DATABASE_PASSWORD,
# closed to all other roles. `db:deploy` goes by the same rules (packages/database/src/deploy.ts),
# finds its work done, and adds what belongs inside the databases.
set -eu

for variable in $(env | sed -n 's/^\([A-Z]*_DATABASE_PASSWORD\)=.*/\1/p' | sort); do
  name=$(echo "${variable%_DATABASE_PASSWORD}" | tr '[:upper:]' '[:lower:]')
  psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --username=postgres --dbname=postgres \
    --set=name="$name" --set=variable="$variable" <<'SQL'
\getenv password :variable
SELECT format('CREATE ROLE %I', :'name')
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'name') \gexec
ALTER ROLE :"name" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
  PASSWORD :'password';
SELECT format('CREATE DATABASE %I', :'name')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
REVOKE CONNECT, TEMPORARY ON DATABASE :"name", postgres, template1 FROM PUBLIC;
GRANT CONNECT ON DATABASE :"name" TO :"name";
SQL
done
