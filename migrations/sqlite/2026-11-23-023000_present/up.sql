-- Who is not deleted, and by which name they stand in the list: of thousands of hits, which lie all over the table, a few pages of this say it.
CREATE INDEX users_present ON users (id, name_key) WHERE deleted_at = 0;
