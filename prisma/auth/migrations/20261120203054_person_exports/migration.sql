-- CreateTable
CREATE TABLE "person_exports" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "telegram_id" BIGINT NOT NULL,
    "requested_by_telegram_id" BIGINT NOT NULL,
    "exported_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "person_exports_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "person_exports_telegram_id_exported_at_id_idx" ON "person_exports"("telegram_id", "exported_at", "id");

-- Below: what the Prisma schema cannot say, written by hand.

ALTER TABLE "person_exports"
  ADD CONSTRAINT "person_exports_telegram_id_positive" CHECK ("telegram_id" > 0),
  ADD CONSTRAINT "person_exports_requested_by_telegram_id_positive" CHECK ("requested_by_telegram_id" > 0);

-- A service with much to erase answers more than once; what it has removed so far is counted.
ALTER TABLE "erasure_receipts"
  DROP CONSTRAINT "erasure_receipts_rows_when_completed",
  ADD CONSTRAINT "erasure_receipts_rows_when_completed" CHECK ("completed_at" IS NULL OR "rows" IS NOT NULL);

-- Arguments: the column that holds the person ('' if none), then columns never to be shown: secrets, and what says
-- who somebody is or how they fare.
CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "person_exports"
  FOR EACH ROW EXECUTE FUNCTION "audit_row"('telegram_id');
