-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "level" AS ENUM ('A1', 'A2', 'B1', 'B2', 'C1', 'C2');

-- CreateEnum
CREATE TYPE "member_status" AS ENUM ('INVITED', 'WAITLISTED', 'ACTIVE', 'PAUSED', 'COMPLETED', 'LEFT', 'REMOVED');

-- CreateEnum
CREATE TYPE "audit_action" AS ENUM ('INSERT', 'UPDATE', 'DELETE');

-- CreateTable
CREATE TABLE "students" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "telegram_id" BIGINT NOT NULL,
    "goals" TEXT,
    "timezone" TEXT NOT NULL DEFAULT 'UTC',
    "communication_language" TEXT NOT NULL DEFAULT 'en',
    "staff_notes" TEXT,
    "guardian_contact_ciphertext" BYTEA,
    "guardian_contact_key_id" TEXT,
    "guardian_contact_hash" BYTEA,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "students_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "student_languages" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "student_telegram_id" BIGINT NOT NULL,
    "language" TEXT NOT NULL,
    "level" "level" NOT NULL,
    "target_level" "level",
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "student_languages_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "group_enrollments" (
    "id" UUID NOT NULL,
    "group_id" UUID NOT NULL,
    "student_telegram_id" BIGINT NOT NULL,
    "status" "member_status" NOT NULL,
    "invited_at" TIMESTAMPTZ(3),
    "joined_at" TIMESTAMPTZ(3),
    "left_at" TIMESTAMPTZ(3),
    "source_version" INTEGER NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "group_enrollments_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "level_assessments" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "student_telegram_id" BIGINT NOT NULL,
    "language" TEXT NOT NULL,
    "previous_level" "level",
    "level" "level" NOT NULL,
    "reason" TEXT,
    "assessed_by_telegram_id" BIGINT NOT NULL,
    "assessed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "level_assessments_pkey" PRIMARY KEY ("id")
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
CREATE UNIQUE INDEX "students_telegram_id_key" ON "students"("telegram_id");

-- CreateIndex
CREATE INDEX "students_created_at_id_idx" ON "students"("created_at", "id");

-- CreateIndex
CREATE INDEX "students_guardian_contact_hash_idx" ON "students"("guardian_contact_hash");

-- CreateIndex
CREATE INDEX "student_languages_language_level_idx" ON "student_languages"("language", "level");

-- CreateIndex
CREATE UNIQUE INDEX "student_languages_student_telegram_id_language_key" ON "student_languages"("student_telegram_id", "language");

-- CreateIndex
CREATE INDEX "group_enrollments_student_telegram_id_created_at_id_idx" ON "group_enrollments"("student_telegram_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "group_enrollments_group_id_student_telegram_id_idx" ON "group_enrollments"("group_id", "student_telegram_id");

-- CreateIndex
CREATE INDEX "level_assessments_student_telegram_id_assessed_at_id_idx" ON "level_assessments"("student_telegram_id", "assessed_at", "id");

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
ALTER TABLE "student_languages" ADD CONSTRAINT "student_languages_student_telegram_id_fkey" FOREIGN KEY ("student_telegram_id") REFERENCES "students"("telegram_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "level_assessments" ADD CONSTRAINT "level_assessments_student_telegram_id_fkey" FOREIGN KEY ("student_telegram_id") REFERENCES "students"("telegram_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Below: what the Prisma schema cannot say, written by hand.

ALTER TABLE "students"
  ADD CONSTRAINT "students_telegram_id_positive" CHECK ("telegram_id" > 0),
  ADD CONSTRAINT "students_timezone_not_empty" CHECK (btrim("timezone") <> ''),
  ADD CONSTRAINT "students_communication_language_is_bcp47" CHECK ("communication_language" ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$'),
  ADD CONSTRAINT "students_guardian_contact_sealed" CHECK (("guardian_contact_ciphertext" IS NULL) = ("guardian_contact_key_id" IS NULL)),
  ADD CONSTRAINT "students_guardian_contact_hash_with_contact" CHECK (("guardian_contact_hash" IS NULL) = ("guardian_contact_ciphertext" IS NULL));
ALTER TABLE "student_languages"
  ADD CONSTRAINT "student_languages_language_is_bcp47" CHECK ("language" ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$');
ALTER TABLE "group_enrollments"
  ADD CONSTRAINT "group_enrollments_student_telegram_id_positive" CHECK ("student_telegram_id" > 0),
  ADD CONSTRAINT "group_enrollments_left_when_closed" CHECK (("left_at" IS NULL) = ("status" IN ('INVITED', 'WAITLISTED', 'ACTIVE', 'PAUSED')));
ALTER TABLE "level_assessments"
  ADD CONSTRAINT "level_assessments_assessed_by_telegram_id_positive" CHECK ("assessed_by_telegram_id" > 0),
  ADD CONSTRAINT "level_assessments_language_is_bcp47" CHECK ("language" ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$');
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

CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "students"
  FOR EACH ROW EXECUTE FUNCTION "audit_row"('telegram_id', 'staff_notes', 'guardian_contact_ciphertext', 'guardian_contact_hash');
CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "student_languages"
  FOR EACH ROW EXECUTE FUNCTION "audit_row"('student_telegram_id');
CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "group_enrollments"
  FOR EACH ROW EXECUTE FUNCTION "audit_row"('student_telegram_id');
CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "level_assessments"
  FOR EACH ROW EXECUTE FUNCTION "audit_row"('student_telegram_id');
