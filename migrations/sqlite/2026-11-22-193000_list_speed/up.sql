-- Changes to the number of users of the whole installation, as user_counts has them by customer: of thousands of customers the sum took longer than a page.
CREATE TABLE user_totals (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    present BIGINT NOT NULL
);
INSERT INTO user_totals (present) SELECT SUM(present) FROM user_counts HAVING COUNT(*) > 0;

-- Who holds a role but "Users" (4), which nearly everybody does and which lets nobody sign in: few, and so read again and again, not once here and there.
CREATE INDEX role_assignments_special ON role_assignments (user_id, role_id) WHERE role_id <> 4;
