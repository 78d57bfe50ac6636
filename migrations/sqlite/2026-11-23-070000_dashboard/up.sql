-- Figures of a day (days since 1970, UTC) for the charts of the dashboard, reckoned by a job, so that no page counts and no write queues for them.
-- `kind`: see features/dashboard/model.rs. Customer 0: the whole installation, whose row says that the day was reckoned; of customers only what is not 0.
CREATE TABLE day_figures (
    customer_id BIGINT NOT NULL,
    kind SMALLINT NOT NULL,
    "day" BIGINT NOT NULL,
    figure BIGINT NOT NULL,
    PRIMARY KEY (customer_id, kind, "day")
) WITHOUT ROWID;
CREATE INDEX day_figures_day ON day_figures ("day");

-- Who is held back is asked for by the list, not only of one person.
CREATE INDEX guess_counters_blocked_until ON guess_counters (blocked_until);
CREATE INDEX guess_counters_failures ON guess_counters (failures) WHERE failures >= 20;
