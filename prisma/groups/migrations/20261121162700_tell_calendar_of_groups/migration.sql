-- Calendar follows groups from now on, and is told what there was before it listened: how each group is now first, and
-- then the rest, which comes too late to have an effect. So it knows where every group is, no end of long ago calls off
-- what was planned since, and a replay tells it nothing that it has not heard. A group of which something is on its way
-- there already is left to that.
INSERT INTO "outbox_deliveries" ("event_id", "subscriber", "aggregate_type", "aggregate_id", "sequence")
SELECT "id", 'calendar', "aggregate_type", "aggregate_id",
  CASE WHEN "sequence" = max("sequence") OVER (PARTITION BY "aggregate_id") THEN 0 ELSE "sequence" END
FROM "outbox_events" e
WHERE "type" = 'groups.group-changed' AND NOT EXISTS (
  SELECT FROM "outbox_deliveries" d
  WHERE d."subscriber" = 'calendar' AND d."aggregate_type" = e."aggregate_type" AND d."aggregate_id" = e."aggregate_id"
);
