-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "lesson_status" AS ENUM ('SCHEDULED', 'COMPLETED', 'CANCELLED', 'MISSED');

-- CreateEnum
CREATE TYPE "participant_response" AS ENUM ('PENDING', 'ACCEPTED', 'DECLINED');

-- CreateEnum
CREATE TYPE "attendance_status" AS ENUM ('PRESENT', 'LATE', 'ABSENT', 'EXCUSED');

-- CreateEnum
CREATE TYPE "audit_action" AS ENUM ('INSERT', 'UPDATE', 'DELETE');

-- CreateTable
CREATE TABLE "lessons" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "teacher_telegram_id" BIGINT NOT NULL,
    "group_id" UUID,
    "title" TEXT NOT NULL,
    "description" TEXT,
    "starts_at" TIMESTAMPTZ(3) NOT NULL,
    "ends_at" TIMESTAMPTZ(3) NOT NULL,
    "timezone" TEXT NOT NULL,
    "status" "lesson_status" NOT NULL DEFAULT 'SCHEDULED',
    "location" TEXT,
    "meeting_url" TEXT,
    "series_id" UUID,
    "original_starts_at" TIMESTAMPTZ(3),
    "cancelled_at" TIMESTAMPTZ(3),
    "cancel_reason" TEXT,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "lessons_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "lesson_series" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "teacher_telegram_id" BIGINT NOT NULL,
    "group_id" UUID,
    "title" TEXT NOT NULL,
    "description" TEXT,
    "local_start" TIMESTAMP(0) NOT NULL,
    "timezone" TEXT NOT NULL,
    "duration_minutes" INTEGER NOT NULL,
    "rrule" TEXT NOT NULL,
    "until" TIMESTAMPTZ(3),
    "location" TEXT,
    "meeting_url" TEXT,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "lesson_series_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "lesson_participants" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "lesson_id" UUID NOT NULL,
    "starts_at" TIMESTAMPTZ(3) NOT NULL,
    "ends_at" TIMESTAMPTZ(3) NOT NULL,
    "lesson_status" "lesson_status" NOT NULL,
    "student_telegram_id" BIGINT NOT NULL,
    "response" "participant_response" NOT NULL DEFAULT 'PENDING',
    "responded_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "lesson_participants_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "lesson_attendance" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "lesson_id" UUID NOT NULL,
    "student_telegram_id" BIGINT NOT NULL,
    "status" "attendance_status" NOT NULL,
    "minutes" SMALLINT,
    "remark" TEXT,
    "marked_by_telegram_id" BIGINT NOT NULL,
    "marked_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "lesson_attendance_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "teacher_schedules" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "teacher_telegram_id" BIGINT NOT NULL,
    "weekday" SMALLINT NOT NULL,
    "local_from" TIME(0) NOT NULL,
    "local_to" TIME(0) NOT NULL,
    "timezone" TEXT NOT NULL,
    "valid_from" DATE NOT NULL,
    "valid_until" DATE,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "teacher_schedules_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "teacher_unavailable" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "teacher_telegram_id" BIGINT NOT NULL,
    "starts_at" TIMESTAMPTZ(3) NOT NULL,
    "ends_at" TIMESTAMPTZ(3) NOT NULL,
    "reason" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "teacher_unavailable_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "calendar_feeds" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "person_telegram_id" BIGINT NOT NULL,
    "token_hash" BYTEA NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "calendar_feeds_pkey" PRIMARY KEY ("id")
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
CREATE INDEX "lessons_starts_at_id_idx" ON "lessons"("starts_at", "id");

-- CreateIndex
CREATE INDEX "lessons_teacher_telegram_id_starts_at_id_idx" ON "lessons"("teacher_telegram_id", "starts_at", "id");

-- CreateIndex
CREATE INDEX "lessons_group_id_starts_at_id_idx" ON "lessons"("group_id", "starts_at", "id");

-- CreateIndex
CREATE INDEX "lessons_status_ends_at_idx" ON "lessons"("status", "ends_at");

-- CreateIndex
CREATE UNIQUE INDEX "lessons_series_id_original_starts_at_key" ON "lessons"("series_id", "original_starts_at");

-- CreateIndex
CREATE UNIQUE INDEX "lessons_id_starts_at_ends_at_status_key" ON "lessons"("id", "starts_at", "ends_at", "status");

-- CreateIndex
CREATE INDEX "lesson_series_teacher_telegram_id_created_at_id_idx" ON "lesson_series"("teacher_telegram_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "lesson_series_group_id_created_at_id_idx" ON "lesson_series"("group_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "lesson_participants_lesson_id_created_at_id_idx" ON "lesson_participants"("lesson_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "lesson_participants_student_telegram_id_starts_at_lesson_id_idx" ON "lesson_participants"("student_telegram_id", "starts_at", "lesson_id");

-- CreateIndex
CREATE UNIQUE INDEX "lesson_participants_lesson_id_student_telegram_id_key" ON "lesson_participants"("lesson_id", "student_telegram_id");

-- CreateIndex
CREATE INDEX "lesson_attendance_student_telegram_id_marked_at_id_idx" ON "lesson_attendance"("student_telegram_id", "marked_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "lesson_attendance_lesson_id_student_telegram_id_key" ON "lesson_attendance"("lesson_id", "student_telegram_id");

-- CreateIndex
CREATE INDEX "teacher_schedules_teacher_telegram_id_weekday_local_from_idx" ON "teacher_schedules"("teacher_telegram_id", "weekday", "local_from");

-- CreateIndex
CREATE INDEX "teacher_unavailable_teacher_telegram_id_starts_at_id_idx" ON "teacher_unavailable"("teacher_telegram_id", "starts_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "calendar_feeds_token_hash_key" ON "calendar_feeds"("token_hash");

-- CreateIndex
CREATE INDEX "calendar_feeds_person_telegram_id_idx" ON "calendar_feeds"("person_telegram_id");

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
ALTER TABLE "lessons" ADD CONSTRAINT "lessons_series_id_fkey" FOREIGN KEY ("series_id") REFERENCES "lesson_series"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "lesson_participants" ADD CONSTRAINT "lesson_participants_lesson_fkey" FOREIGN KEY ("lesson_id", "starts_at", "ends_at", "lesson_status") REFERENCES "lessons"("id", "starts_at", "ends_at", "status") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "lesson_attendance" ADD CONSTRAINT "lesson_attendance_participant_fkey" FOREIGN KEY ("lesson_id", "student_telegram_id") REFERENCES "lesson_participants"("lesson_id", "student_telegram_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Below: what the Prisma schema cannot say, written by hand.

ALTER TABLE "lessons"
  ADD CONSTRAINT "lessons_teacher_telegram_id_positive" CHECK ("teacher_telegram_id" > 0),
  ADD CONSTRAINT "lessons_version_positive" CHECK ("version" > 0),
  ADD CONSTRAINT "lessons_title_not_empty" CHECK (btrim("title") <> ''),
  ADD CONSTRAINT "lessons_timezone_not_empty" CHECK (btrim("timezone") <> ''),
  ADD CONSTRAINT "lessons_end_after_start" CHECK ("ends_at" > "starts_at"),
  ADD CONSTRAINT "lessons_at_most_a_day" CHECK ("ends_at" <= "starts_at" + interval '24 hours'),
  ADD CONSTRAINT "lessons_original_start_with_series" CHECK (("series_id" IS NULL) = ("original_starts_at" IS NULL));
ALTER TABLE "lesson_series"
  ADD CONSTRAINT "lesson_series_teacher_telegram_id_positive" CHECK ("teacher_telegram_id" > 0),
  ADD CONSTRAINT "lesson_series_version_positive" CHECK ("version" > 0),
  ADD CONSTRAINT "lesson_series_title_not_empty" CHECK (btrim("title") <> ''),
  ADD CONSTRAINT "lesson_series_timezone_not_empty" CHECK (btrim("timezone") <> ''),
  ADD CONSTRAINT "lesson_series_rrule_not_empty" CHECK (btrim("rrule") <> ''),
  ADD CONSTRAINT "lesson_series_duration_in_range" CHECK ("duration_minutes" BETWEEN 1 AND 1440);
ALTER TABLE "lesson_participants"
  ADD CONSTRAINT "lesson_participants_student_telegram_id_positive" CHECK ("student_telegram_id" > 0);
ALTER TABLE "lesson_attendance"
  ADD CONSTRAINT "lesson_attendance_marked_by_telegram_id_positive" CHECK ("marked_by_telegram_id" > 0),
  ADD CONSTRAINT "lesson_attendance_minutes_in_range" CHECK ("minutes" BETWEEN 0 AND 1440);
ALTER TABLE "teacher_schedules"
  ADD CONSTRAINT "teacher_schedules_teacher_telegram_id_positive" CHECK ("teacher_telegram_id" > 0),
  ADD CONSTRAINT "teacher_schedules_timezone_not_empty" CHECK (btrim("timezone") <> ''),
  ADD CONSTRAINT "teacher_schedules_weekday_in_range" CHECK ("weekday" BETWEEN 1 AND 7),
  ADD CONSTRAINT "teacher_schedules_end_after_start" CHECK ("local_to" > "local_from" OR "local_to" = '00:00'),
  ADD CONSTRAINT "teacher_schedules_valid_dates_in_order" CHECK ("valid_until" >= "valid_from");
ALTER TABLE "teacher_unavailable"
  ADD CONSTRAINT "teacher_unavailable_teacher_telegram_id_positive" CHECK ("teacher_telegram_id" > 0),
  ADD CONSTRAINT "teacher_unavailable_end_after_start" CHECK ("ends_at" > "starts_at");
ALTER TABLE "calendar_feeds"
  ADD CONSTRAINT "calendar_feeds_person_telegram_id_positive" CHECK ("person_telegram_id" > 0);
ALTER TABLE "outbox_events"
  ADD CONSTRAINT "outbox_events_version_positive" CHECK ("version" > 0);

-- Exclusion constraints over scalar columns and ranges together need btree_gist.
CREATE EXTENSION IF NOT EXISTS btree_gist;

ALTER TABLE "lessons" ADD CONSTRAINT "lessons_teacher_no_overlap" EXCLUDE USING gist (
  "teacher_telegram_id" WITH =, tstzrange("starts_at", "ends_at") WITH &&
) WHERE ("status" <> 'CANCELLED');
ALTER TABLE "lessons" ADD CONSTRAINT "lessons_group_no_overlap" EXCLUDE USING gist (
  "group_id" WITH =, tstzrange("starts_at", "ends_at") WITH &&
) WHERE ("status" <> 'CANCELLED' AND "group_id" IS NOT NULL);
ALTER TABLE "lesson_participants" ADD CONSTRAINT "lesson_participants_student_no_overlap" EXCLUDE USING gist (
  "student_telegram_id" WITH =, tstzrange("starts_at", "ends_at") WITH &&
) WHERE ("lesson_status" <> 'CANCELLED' AND "response" <> 'DECLINED');
ALTER TABLE "teacher_schedules" ADD CONSTRAINT "teacher_schedules_no_overlap" EXCLUDE USING gist (
  "teacher_telegram_id" WITH =,
  "weekday" WITH =,
  int4range(
    (EXTRACT(epoch FROM "local_from") / 60)::int,
    CASE WHEN "local_to" = '00:00' THEN 1440 ELSE (EXTRACT(epoch FROM "local_to") / 60)::int END
  ) WITH &&,
  daterange("valid_from", "valid_until", '[]') WITH &&
);

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

CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "lessons"
  FOR EACH ROW EXECUTE FUNCTION "audit_row"('teacher_telegram_id');
CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "lesson_series"
  FOR EACH ROW EXECUTE FUNCTION "audit_row"('teacher_telegram_id');
CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "lesson_participants"
  FOR EACH ROW EXECUTE FUNCTION "audit_row"('student_telegram_id');
CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "lesson_attendance"
  FOR EACH ROW EXECUTE FUNCTION "audit_row"('student_telegram_id');
CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "teacher_schedules"
  FOR EACH ROW EXECUTE FUNCTION "audit_row"('teacher_telegram_id');
CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "teacher_unavailable"
  FOR EACH ROW EXECUTE FUNCTION "audit_row"('teacher_telegram_id');
CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "calendar_feeds"
  FOR EACH ROW EXECUTE FUNCTION "audit_row"('person_telegram_id', 'token_hash');
