-- For compose.yaml, run once, when the database is made. The site reads and writes rows, of whichever tables there will be;
-- it makes, alters and drops none. That is left to cairn, as which its migrations run before it is served.
\getenv password WEB_PASSWORD
CREATE ROLE web LOGIN PASSWORD :'password' IN ROLE pg_read_all_data, pg_write_all_data;
