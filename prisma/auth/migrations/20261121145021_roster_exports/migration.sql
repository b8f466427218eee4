-- AlterTable
ALTER TABLE "person_exports" ALTER COLUMN "requested_by_telegram_id" DROP NOT NULL;
