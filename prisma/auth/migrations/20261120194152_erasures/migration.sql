-- CreateTable
CREATE TABLE "erasures" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "telegram_id" BIGINT NOT NULL,
    "requested_by_telegram_id" BIGINT NOT NULL,
    "requested_at" TIMESTAMPTZ(3) NOT NULL,
    "completed_at" TIMESTAMPTZ(3),
    "verified_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "erasures_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "erasure_receipts" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "erasure_id" UUID NOT NULL,
    "service" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "claimed_until" TIMESTAMPTZ(3),
    "last_error" TEXT,
    "rows" JSONB,
    "completed_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "erasure_receipts_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "erasures_telegram_id_key" ON "erasures"("telegram_id");

-- CreateIndex
CREATE UNIQUE INDEX "erasure_receipts_erasure_id_service_key" ON "erasure_receipts"("erasure_id", "service");

-- AddForeignKey
ALTER TABLE "erasures" ADD CONSTRAINT "erasures_telegram_id_fkey" FOREIGN KEY ("telegram_id") REFERENCES "users"("telegram_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "erasure_receipts" ADD CONSTRAINT "erasure_receipts_erasure_id_fkey" FOREIGN KEY ("erasure_id") REFERENCES "erasures"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Below: what the Prisma schema cannot say, written by hand.

ALTER TABLE "erasures"
  ADD CONSTRAINT "erasures_requested_by_telegram_id_positive" CHECK ("requested_by_telegram_id" > 0),
  ADD CONSTRAINT "erasures_verified_after_completed" CHECK ("verified_at" >= "completed_at");
ALTER TABLE "erasure_receipts"
  ADD CONSTRAINT "erasure_receipts_service_not_empty" CHECK (btrim("service") <> ''),
  ADD CONSTRAINT "erasure_receipts_attempts_not_negative" CHECK ("attempts" >= 0),
  ADD CONSTRAINT "erasure_receipts_rows_when_completed" CHECK (("rows" IS NULL) = ("completed_at" IS NULL));

-- What housekeeping looks for.
CREATE INDEX "erasures_unverified" ON "erasures" ("requested_at") WHERE "verified_at" IS NULL;
CREATE INDEX "sessions_ended" ON "sessions" ((least("expires_at", "revoked_at")));

-- Arguments: the column that holds the person ('' if none), then columns never to be shown.
CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "erasures"
  FOR EACH ROW EXECUTE FUNCTION "audit_row"('telegram_id');
CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "erasure_receipts"
  FOR EACH ROW EXECUTE FUNCTION "audit_row"('');
