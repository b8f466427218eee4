-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "level" AS ENUM ('A1', 'A2', 'B1', 'B2', 'C1', 'C2');

-- CreateEnum
CREATE TYPE "proficiency" AS ENUM ('A1', 'A2', 'B1', 'B2', 'C1', 'C2', 'NATIVE');

-- CreateEnum
CREATE TYPE "teacher_status" AS ENUM ('PENDING', 'ACTIVE', 'SUSPENDED', 'ARCHIVED');

-- CreateEnum
CREATE TYPE "group_status" AS ENUM ('DRAFT', 'OPEN', 'RUNNING', 'FINISHED', 'ARCHIVED');

-- CreateEnum
CREATE TYPE "audit_action" AS ENUM ('INSERT', 'UPDATE', 'DELETE');

-- CreateTable
CREATE TABLE "teachers" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "telegram_id" BIGINT NOT NULL,
    "headline" TEXT,
    "bio" TEXT,
    "experience_years" SMALLINT,
    "hourly_rate" DECIMAL(10,2),
    "currency" CHAR(3),
    "timezone" TEXT NOT NULL DEFAULT 'UTC',
    "video_url" TEXT,
    "is_accepting_students" BOOLEAN NOT NULL DEFAULT true,
    "status" "teacher_status" NOT NULL DEFAULT 'PENDING',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "teachers_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "teacher_languages" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "teacher_telegram_id" BIGINT NOT NULL,
    "language" TEXT NOT NULL,
    "proficiency" "proficiency" NOT NULL,
    "min_level" "level",
    "max_level" "level",
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "teacher_languages_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "groups" (
    "id" UUID NOT NULL,
    "teacher_telegram_id" BIGINT NOT NULL,
    "name" TEXT NOT NULL,
    "language" TEXT NOT NULL,
    "level" "level" NOT NULL,
    "status" "group_status" NOT NULL,
    "source_version" INTEGER NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "groups_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_log" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "actor" TEXT NOT NULL,
    "action" "audit_action" NOT NULL,
    "table_name" TEXT NOT NULL,
    "row_id" TEXT NOT NULL,
    "person_telegram_id" BIGINT,
    "before" JSONB,
    "after" JSONB,
    "request_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "audit_log_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "outbox_events" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "sequence" BIGSERIAL NOT NULL,
    "aggregate_type" TEXT NOT NULL,
    "aggregate_id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "payload" JSONB NOT NULL,
    "actor" TEXT NOT NULL,
    "request_id" TEXT,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "outbox_events_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "inbox_events" (
    "event_id" UUID NOT NULL,
    "subscriber" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "inbox_events_pkey" PRIMARY KEY ("event_id","subscriber")
);

-- CreateTable
CREATE TABLE "idempotency_keys" (
    "actor" TEXT NOT NULL,
    "operation" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "request_hash" BYTEA NOT NULL,
    "response" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY ("actor","operation","key")
);

-- CreateIndex
CREATE UNIQUE INDEX "teachers_telegram_id_key" ON "teachers"("telegram_id");

-- CreateIndex
CREATE INDEX "teachers_created_at_id_idx" ON "teachers"("created_at", "id");

-- CreateIndex
CREATE INDEX "teachers_status_created_at_id_idx" ON "teachers"("status", "created_at", "id");

-- CreateIndex
CREATE INDEX "teacher_languages_language_teacher_telegram_id_idx" ON "teacher_languages"("language", "teacher_telegram_id");

-- CreateIndex
CREATE UNIQUE INDEX "teacher_languages_teacher_telegram_id_language_key" ON "teacher_languages"("teacher_telegram_id", "language");

-- CreateIndex
CREATE INDEX "groups_teacher_telegram_id_created_at_id_idx" ON "groups"("teacher_telegram_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "audit_log_created_at_id_idx" ON "audit_log"("created_at", "id");

-- CreateIndex
CREATE INDEX "audit_log_person_telegram_id_created_at_id_idx" ON "audit_log"("person_telegram_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "audit_log_table_name_row_id_created_at_idx" ON "audit_log"("table_name", "row_id", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "outbox_events_sequence_key" ON "outbox_events"("sequence");

-- CreateIndex
CREATE INDEX "outbox_events_aggregate_type_aggregate_id_sequence_idx" ON "outbox_events"("aggregate_type", "aggregate_id", "sequence");

-- CreateIndex
CREATE INDEX "outbox_events_created_at_id_idx" ON "outbox_events"("created_at", "id");

-- CreateIndex
CREATE INDEX "inbox_events_received_at_idx" ON "inbox_events"("received_at");

-- CreateIndex
CREATE INDEX "idempotency_keys_created_at_idx" ON "idempotency_keys"("created_at");

-- AddForeignKey
ALTER TABLE "teacher_languages" ADD CONSTRAINT "teacher_languages_teacher_telegram_id_fkey" FOREIGN KEY ("teacher_telegram_id") REFERENCES "teachers"("telegram_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Below: what the Prisma schema cannot say, written by hand.

ALTER TABLE "teachers"
  ADD CONSTRAINT "teachers_telegram_id_positive" CHECK ("telegram_id" > 0),
  ADD CONSTRAINT "teachers_timezone_not_empty" CHECK (btrim("timezone") <> ''),
  ADD CONSTRAINT "teachers_experience_years_in_range" CHECK ("experience_years" BETWEEN 0 AND 80),
  ADD CONSTRAINT "teachers_hourly_rate_not_negative" CHECK ("hourly_rate" >= 0),
  ADD CONSTRAINT "teachers_currency_is_iso4217" CHECK ("currency" ~ '^[A-Z]{3}$'),
  ADD CONSTRAINT "teachers_rate_with_currency" CHECK (("hourly_rate" IS NULL) = ("currency" IS NULL));
ALTER TABLE "teacher_languages"
  ADD CONSTRAINT "teacher_languages_language_is_bcp47" CHECK ("language" ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$'),
  ADD CONSTRAINT "teacher_languages_levels_together" CHECK (("min_level" IS NULL) = ("max_level" IS NULL)),
  ADD CONSTRAINT "teacher_languages_levels_in_order" CHECK ("min_level" <= "max_level");
ALTER TABLE "groups"
  ADD CONSTRAINT "groups_teacher_telegram_id_positive" CHECK ("teacher_telegram_id" > 0),
  ADD CONSTRAINT "groups_name_not_empty" CHECK (btrim("name") <> ''),
  ADD CONSTRAINT "groups_language_is_bcp47" CHECK ("language" ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$');
ALTER TABLE "outbox_events"
  ADD CONSTRAINT "outbox_events_version_positive" CHECK ("version" > 0);

-- Audit: every change writes one row to audit_log, in its own transaction. A table's trigger names the column
-- that holds the person the row is about ('' if none), then the columns never to be shown.
-- SECURITY DEFINER, because the service's role may read audit_log and no more.
CREATE FUNCTION "audit_row"() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  acting text := nullif(current_setting('classgram.actor', true), '');
  old_row jsonb;
  new_row jsonb;
  masked text[] := TG_ARGV[1:];
  changes_before jsonb;
  changes_after jsonb;
BEGIN
  IF acting IS NULL THEN
    RAISE EXCEPTION 'Nobody is named as the author of this change to %: set classgram.actor first.', TG_TABLE_NAME
      USING ERRCODE = 'insufficient_privilege';
  END IF;

  IF TG_OP <> 'INSERT' THEN
    old_row := to_jsonb(OLD);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    new_row := to_jsonb(NEW);
  END IF;

  -- Of an update, only what it changed; updated_at alone is no change.
  IF TG_OP = 'UPDATE' AND old_row - 'updated_at' = new_row - 'updated_at' THEN
    RETURN NULL;
  END IF;
  SELECT jsonb_object_agg(key, CASE WHEN key = ANY (masked) AND value <> 'null' THEN '"***"' ELSE value END)
    INTO changes_before
    FROM jsonb_each(old_row) WHERE TG_OP <> 'UPDATE' OR value <> new_row -> key;
  SELECT jsonb_object_agg(key, CASE WHEN key = ANY (masked) AND value <> 'null' THEN '"***"' ELSE value END)
    INTO changes_after
    FROM jsonb_each(new_row) WHERE TG_OP <> 'UPDATE' OR value <> old_row -> key;

  INSERT INTO public.audit_log (actor, action, table_name, row_id, person_telegram_id, before, after, request_id)
  VALUES (
    acting,
    TG_OP::public.audit_action,
    TG_TABLE_NAME,
    coalesce(new_row, old_row) ->> 'id',
    (coalesce(new_row, old_row) ->> TG_ARGV[0])::bigint,
    changes_before,
    changes_after,
    nullif(current_setting('classgram.request_id', true), '')
  );
  RETURN NULL;
END;
$$;

REVOKE ALL ON FUNCTION "audit_row"() FROM PUBLIC;

CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "teachers"
  FOR EACH ROW EXECUTE FUNCTION "audit_row"('telegram_id');
CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "teacher_languages"
  FOR EACH ROW EXECUTE FUNCTION "audit_row"('teacher_telegram_id');
CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "groups"
  FOR EACH ROW EXECUTE FUNCTION "audit_row"('teacher_telegram_id');
