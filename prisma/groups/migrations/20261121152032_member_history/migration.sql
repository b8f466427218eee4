-- AlterTable
ALTER TABLE "group_members" ADD COLUMN     "moved_from_id" UUID;

-- CreateTable
CREATE TABLE "group_member_states" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "member_id" UUID NOT NULL,
    "status" "member_status" NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "group_member_states_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "group_member_states_member_id_id_idx" ON "group_member_states"("member_id", "id");

-- CreateIndex
CREATE INDEX "group_members_moved_from_id_idx" ON "group_members"("moved_from_id");

-- AddForeignKey
ALTER TABLE "group_members" ADD CONSTRAINT "group_members_moved_from_id_fkey" FOREIGN KEY ("moved_from_id") REFERENCES "group_members"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "group_member_states" ADD CONSTRAINT "group_member_states_member_id_fkey" FOREIGN KEY ("member_id") REFERENCES "group_members"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Arguments: the column that holds the person ('' if none), then columns never to be shown: secrets, and what says
-- who somebody is or how they fare.
CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "group_member_states"
  FOR EACH ROW EXECUTE FUNCTION "audit_row"('');

-- Below: what the Prisma schema cannot say, written by hand.

SELECT set_config('classgram.actor', 'system:migration', true);

-- Whoever has or had a seat has taken it at some time.
UPDATE "group_members" SET "joined_at" = "created_at" WHERE "joined_at" IS NULL AND "status" IN ('PAUSED', 'COMPLETED');
ALTER TABLE "group_members"
  DROP CONSTRAINT "group_members_active_since",
  ADD CONSTRAINT "group_members_seated_since" CHECK ("status" NOT IN ('ACTIVE', 'PAUSED', 'COMPLETED') OR "joined_at" IS NOT NULL),
  ADD CONSTRAINT "group_members_moved_from_another" CHECK ("moved_from_id" <> "id");

-- No way of changing a stay leaves its history as it was.
CREATE FUNCTION "note_member_state"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "group_member_states" ("member_id", "status", "since")
  VALUES (NEW."id", NEW."status", CASE TG_OP
    WHEN 'INSERT' THEN coalesce(NEW."left_at", NEW."joined_at", NEW."invited_at", NEW."created_at")
    ELSE now()
  END);
  RETURN NULL;
END;
$$;
CREATE TRIGGER "history" AFTER INSERT ON "group_members"
  FOR EACH ROW EXECUTE FUNCTION "note_member_state"();
CREATE TRIGGER "history_of_changes" AFTER UPDATE OF "status" ON "group_members"
  FOR EACH ROW WHEN (OLD."status" <> NEW."status") EXECUTE FUNCTION "note_member_state"();

INSERT INTO "group_member_states" ("member_id", "status", "since")
SELECT "id", "status", coalesce("left_at", "joined_at", "invited_at", "created_at") FROM "group_members";
