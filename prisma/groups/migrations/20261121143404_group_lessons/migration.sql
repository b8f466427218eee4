-- CreateTable
CREATE TABLE "group_lessons" (
    "id" UUID NOT NULL,
    "group_id" UUID,
    "weekday" SMALLINT NOT NULL,
    "starts_at" TIMESTAMPTZ(3) NOT NULL,
    "is_scheduled" BOOLEAN NOT NULL,
    "source_version" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "group_lessons_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "group_lessons_group_id_weekday_starts_at_idx" ON "group_lessons"("group_id", "weekday", "starts_at");

-- CreateIndex
CREATE INDEX "group_lessons_starts_at_id_idx" ON "group_lessons"("starts_at", "id");

-- Arguments: the column that holds the person ('' if none), then columns never to be shown: secrets, and what says
-- who somebody is or how they fare.
CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "group_lessons"
  FOR EACH ROW EXECUTE FUNCTION "audit_row"('');

ALTER TABLE "group_lessons"
  ADD CONSTRAINT "group_lessons_weekday_in_range" CHECK ("weekday" BETWEEN 1 AND 7);
