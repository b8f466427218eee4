-- An offer that was passed on stays known by offered_at: whoever was put back into the line has passed_at, too,
-- but was offered nothing.
ALTER TABLE "group_members"
  DROP CONSTRAINT "group_members_offer_expires",
  DROP CONSTRAINT "group_members_offer_to_who_waits_for_it",
  ADD CONSTRAINT "group_members_offer_expires" CHECK ("offer_expires_at" IS NULL OR "offered_at" IS NOT NULL AND "offered_at" < "offer_expires_at"),
  ADD CONSTRAINT "group_members_offer_stands_or_passed" CHECK ("offered_at" IS NULL OR ("offer_expires_at" IS NULL) = ("passed_at" IS NOT NULL)),
  ADD CONSTRAINT "group_members_offer_to_who_waits_for_it" CHECK ("offered_at" IS NULL OR NOT "awaits_approval");

-- Of those who passed, the audit log knows who had an offer. Where it has forgotten, the next seat is offered.
SELECT set_config('classgram.actor', 'system:migration', true);
UPDATE "group_members" m SET "offered_at" = (
  SELECT (a."before" ->> 'offered_at')::timestamptz FROM "audit_log" a
  WHERE a."table_name" = 'group_members' AND a."row_id" = m."id"::text AND a."after" ->> 'passed_at' IS NOT NULL
  ORDER BY a."id" DESC LIMIT 1
)
WHERE m."passed_at" IS NOT NULL;
