-- AlterTable
ALTER TABLE "outbox_events" ADD COLUMN     "person_telegram_id" BIGINT;

-- CreateIndex
CREATE INDEX "outbox_events_person_telegram_id_idx" ON "outbox_events"("person_telegram_id");

-- CreateTable
CREATE TABLE "outbox_deliveries" (
    "event_id" UUID NOT NULL,
    "subscriber" TEXT NOT NULL,
    "aggregate_type" TEXT NOT NULL,
    "aggregate_id" TEXT NOT NULL,
    "sequence" BIGINT NOT NULL,
    "is_replay" BOOLEAN NOT NULL DEFAULT false,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "first_failed_at" TIMESTAMPTZ(3),
    "last_error" TEXT,
    "next_attempt_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "parked_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "outbox_deliveries_pkey" PRIMARY KEY ("event_id","subscriber")
);

-- CreateIndex
CREATE INDEX "outbox_deliveries_subscriber_aggregate_type_aggregate_id_se_idx" ON "outbox_deliveries"("subscriber", "aggregate_type", "aggregate_id", "sequence");

-- AddForeignKey
ALTER TABLE "outbox_deliveries" ADD CONSTRAINT "outbox_deliveries_event_id_fkey" FOREIGN KEY ("event_id") REFERENCES "outbox_events"("id") ON DELETE CASCADE ON UPDATE CASCADE;
