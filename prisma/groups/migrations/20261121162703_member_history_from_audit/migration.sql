-- The history of stays from before it was kept, as the audit log has it. Until now it began with what was known of them
-- when it began. Stays whose entries the log has not got, or that an erasure emptied, keep what they have.
SELECT set_config('classgram.actor', 'system:migration', true);

-- A state that is noted meanwhile would come before those that are written here.
LOCK TABLE "group_members" IN SHARE ROW EXCLUSIVE MODE;

WITH whole AS (
  SELECT m."id", m."status"
  FROM "group_members" m JOIN "audit_log" a ON a."table_name" = 'group_members' AND a."row_id" = m."id"::text
  GROUP BY m."id"
  HAVING bool_or(a."action" = 'INSERT') AND bool_and(a."after" IS NOT NULL)
), logged AS (
  SELECT whole."id" AS member_id, a."id" AS place, (a."after"->>'status')::"member_status" AS "status", CASE a."action"
    WHEN 'INSERT' THEN coalesce(a."after"->>'left_at', a."after"->>'joined_at', a."after"->>'invited_at', a."after"->>'created_at')::timestamptz(3)
    ELSE a."created_at"
  END AS "since"
  FROM whole JOIN "audit_log" a ON a."table_name" = 'group_members' AND a."row_id" = whole."id"::text
  WHERE a."after" ? 'status'
), wrong AS (
  SELECT member_id FROM logged JOIN whole ON whole."id" = member_id
  GROUP BY member_id, whole."status"
  HAVING (array_agg(logged."status" ORDER BY place DESC))[1] = whole."status"
    AND array_agg((logged."status", "since") ORDER BY place) IS DISTINCT FROM (
      SELECT array_agg((s."status", s."since") ORDER BY s."id") FROM "group_member_states" s WHERE s."member_id" = logged.member_id
    )
), removed AS (
  DELETE FROM "group_member_states" WHERE "member_id" IN (SELECT member_id FROM wrong)
)
INSERT INTO "group_member_states" ("member_id", "status", "since")
SELECT member_id, "status", "since" FROM logged JOIN wrong USING (member_id) ORDER BY member_id, place;
