#!/bin/sh
# Patroni runs it on the first primary, with the address of the database, before anybody else comes.
exec psql "$1" --set=ON_ERROR_STOP=1 --set=password="$CAIRN_PASSWORD" <<'SQL'
CREATE ROLE cairn LOGIN PASSWORD :'password';
CREATE DATABASE cairn OWNER cairn;
SQL
