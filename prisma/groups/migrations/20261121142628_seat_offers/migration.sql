-- AlterTable
ALTER TABLE "group_members" ADD COLUMN     "awaits_approval" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "offer_expires_at" TIMESTAMPTZ(3),
ADD COLUMN     "offered_at" TIMESTAMPTZ(3),
ADD COLUMN     "passed_at" TIMESTAMPTZ(3);

-- Below: what the Prisma schema cannot say, written by hand.

-- Who came by a link that asks for the teacher's agreement, and waits for it.
SELECT set_config('classgram.actor', 'system:migration', true);
UPDATE "group_members" m SET "awaits_approval" = true
FROM "group_invitations" i
WHERE i."id" = m."invitation_id" AND i."needs_approval" AND m."status" = 'WAITLISTED' AND m."joined_at" IS NULL;

ALTER TABLE "group_members"
  ADD CONSTRAINT "group_members_only_who_waits" CHECK ("status" = 'WAITLISTED' OR NOT "awaits_approval" AND "offered_at" IS NULL AND "passed_at" IS NULL),
  ADD CONSTRAINT "group_members_offer_expires" CHECK (("offered_at" IS NULL) = ("offer_expires_at" IS NULL) AND "offered_at" < "offer_expires_at"),
  ADD CONSTRAINT "group_members_offer_to_who_waits_for_it" CHECK ("offered_at" IS NULL OR NOT "awaits_approval" AND "passed_at" IS NULL);

CREATE INDEX "group_members_open_offers" ON "group_members" ("offer_expires_at") WHERE "offer_expires_at" IS NOT NULL;
CREATE INDEX "group_members_waiting_for_seat" ON "group_members" ("group_id")
  WHERE "status" = 'WAITLISTED' AND NOT "awaits_approval" AND "passed_at" IS NULL AND "offer_expires_at" IS NULL;

-- A seat that is offered is kept for whom it is offered to: never two offers for one seat, nor an offer of a taken one.
CREATE OR REPLACE FUNCTION "check_capacity"(which uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  seats int;
BEGIN
  SELECT "capacity" INTO seats FROM "groups" WHERE "id" = which FOR NO KEY UPDATE;
  IF (
    SELECT count(*) FROM "group_members"
    WHERE "group_id" = which AND ("status" IN ('ACTIVE', 'PAUSED') OR "offer_expires_at" IS NOT NULL)
  ) > seats THEN
    RAISE EXCEPTION 'group % violates check constraint "group_members_within_capacity"', which
      USING ERRCODE = 'check_violation', CONSTRAINT = 'group_members_within_capacity',
        TABLE = 'group_members', SCHEMA = 'public';
  END IF;
END;
$$;
CREATE OR REPLACE TRIGGER "within_capacity" AFTER INSERT OR UPDATE OF "status", "group_id", "offer_expires_at" ON "group_members"
  FOR EACH ROW WHEN (NEW."status" IN ('ACTIVE', 'PAUSED') OR NEW."offer_expires_at" IS NOT NULL)
  EXECUTE FUNCTION "check_member_capacity"();
