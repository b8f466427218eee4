-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "level" AS ENUM ('A1', 'A2', 'B1', 'B2', 'C1', 'C2');

-- CreateEnum
CREATE TYPE "group_status" AS ENUM ('DRAFT', 'OPEN', 'RUNNING', 'FINISHED', 'ARCHIVED');

-- CreateEnum
CREATE TYPE "member_status" AS ENUM ('INVITED', 'WAITLISTED', 'ACTIVE', 'PAUSED', 'COMPLETED', 'LEFT', 'REMOVED');

-- CreateEnum
CREATE TYPE "audit_action" AS ENUM ('INSERT', 'UPDATE', 'DELETE');

-- CreateTable
CREATE TABLE "groups" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "name" TEXT NOT NULL,
    "description" TEXT,
    "language" TEXT NOT NULL,
    "level" "level" NOT NULL,
    "teacher_telegram_id" BIGINT NOT NULL,
    "capacity" SMALLINT NOT NULL,
    "status" "group_status" NOT NULL DEFAULT 'DRAFT',
    "starts_on" DATE,
    "ends_on" DATE,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "groups_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "group_members" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "group_id" UUID NOT NULL,
    "student_telegram_id" BIGINT NOT NULL,
    "status" "member_status" NOT NULL,
    "waiting_position" INTEGER,
    "invitation_id" UUID,
    "invited_at" TIMESTAMPTZ(3),
    "joined_at" TIMESTAMPTZ(3),
    "left_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "group_members_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "group_invitations" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "group_id" UUID NOT NULL,
    "token_hash" BYTEA NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "max_uses" INTEGER NOT NULL DEFAULT 1,
    "used_count" INTEGER NOT NULL DEFAULT 0,
    "addressee_telegram_id" BIGINT,
    "needs_approval" BOOLEAN NOT NULL DEFAULT false,
    "revoked_at" TIMESTAMPTZ(3),
    "created_by_telegram_id" BIGINT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "group_invitations_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "group_progress" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "group_id" UUID NOT NULL,
    "student_telegram_id" BIGINT,
    "unit" TEXT NOT NULL,
    "topic" TEXT,
    "percentage" SMALLINT NOT NULL,
    "score" DECIMAL(8,2),
    "note" TEXT,
    "recorded_by_telegram_id" BIGINT NOT NULL,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "group_progress_pkey" PRIMARY KEY ("id")
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
CREATE INDEX "groups_created_at_id_idx" ON "groups"("created_at", "id");

-- CreateIndex
CREATE INDEX "groups_status_created_at_id_idx" ON "groups"("status", "created_at", "id");

-- CreateIndex
CREATE INDEX "groups_teacher_telegram_id_created_at_id_idx" ON "groups"("teacher_telegram_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "group_members_group_id_created_at_id_idx" ON "group_members"("group_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "group_members_group_id_status_idx" ON "group_members"("group_id", "status");

-- CreateIndex
CREATE INDEX "group_members_student_telegram_id_created_at_id_idx" ON "group_members"("student_telegram_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "group_members_invitation_id_idx" ON "group_members"("invitation_id");

-- CreateIndex
CREATE UNIQUE INDEX "group_invitations_token_hash_key" ON "group_invitations"("token_hash");

-- CreateIndex
CREATE INDEX "group_invitations_group_id_created_at_id_idx" ON "group_invitations"("group_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "group_invitations_addressee_telegram_id_idx" ON "group_invitations"("addressee_telegram_id");

-- CreateIndex
CREATE INDEX "group_progress_group_id_recorded_at_id_idx" ON "group_progress"("group_id", "recorded_at", "id");

-- CreateIndex
CREATE INDEX "group_progress_student_telegram_id_recorded_at_id_idx" ON "group_progress"("student_telegram_id", "recorded_at", "id");

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
ALTER TABLE "group_members" ADD CONSTRAINT "group_members_group_id_fkey" FOREIGN KEY ("group_id") REFERENCES "groups"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "group_members" ADD CONSTRAINT "group_members_invitation_id_fkey" FOREIGN KEY ("invitation_id") REFERENCES "group_invitations"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "group_invitations" ADD CONSTRAINT "group_invitations_group_id_fkey" FOREIGN KEY ("group_id") REFERENCES "groups"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "group_progress" ADD CONSTRAINT "group_progress_group_id_fkey" FOREIGN KEY ("group_id") REFERENCES "groups"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Below: what the Prisma schema cannot say, written by hand.

ALTER TABLE "groups"
  ADD CONSTRAINT "groups_teacher_telegram_id_positive" CHECK ("teacher_telegram_id" > 0),
  ADD CONSTRAINT "groups_version_positive" CHECK ("version" > 0),
  ADD CONSTRAINT "groups_name_not_empty" CHECK (btrim("name") <> ''),
  ADD CONSTRAINT "groups_language_is_bcp47" CHECK ("language" ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$'),
  ADD CONSTRAINT "groups_capacity_in_range" CHECK ("capacity" BETWEEN 1 AND 200),
  ADD CONSTRAINT "groups_dates_in_order" CHECK ("ends_on" >= "starts_on");
ALTER TABLE "group_members"
  ADD CONSTRAINT "group_members_student_telegram_id_positive" CHECK ("student_telegram_id" > 0),
  ADD CONSTRAINT "group_members_version_positive" CHECK ("version" > 0),
  ADD CONSTRAINT "group_members_waiting_position_positive" CHECK ("waiting_position" > 0),
  ADD CONSTRAINT "group_members_left_when_closed" CHECK (("left_at" IS NULL) = ("status" IN ('INVITED', 'WAITLISTED', 'ACTIVE', 'PAUSED'))),
  ADD CONSTRAINT "group_members_position_when_waiting" CHECK (("waiting_position" IS NOT NULL) = ("status" = 'WAITLISTED')),
  ADD CONSTRAINT "group_members_active_since" CHECK ("status" <> 'ACTIVE' OR "joined_at" IS NOT NULL);
ALTER TABLE "group_invitations"
  ADD CONSTRAINT "group_invitations_addressee_telegram_id_positive" CHECK ("addressee_telegram_id" > 0),
  ADD CONSTRAINT "group_invitations_created_by_telegram_id_positive" CHECK ("created_by_telegram_id" > 0),
  ADD CONSTRAINT "group_invitations_max_uses_in_range" CHECK ("max_uses" BETWEEN 1 AND 1000),
  ADD CONSTRAINT "group_invitations_uses_within_limit" CHECK ("used_count" BETWEEN 0 AND "max_uses");
ALTER TABLE "group_progress"
  ADD CONSTRAINT "group_progress_student_telegram_id_positive" CHECK ("student_telegram_id" > 0),
  ADD CONSTRAINT "group_progress_recorded_by_telegram_id_positive" CHECK ("recorded_by_telegram_id" > 0),
  ADD CONSTRAINT "group_progress_unit_not_empty" CHECK (btrim("unit") <> ''),
  ADD CONSTRAINT "group_progress_percentage_in_range" CHECK ("percentage" BETWEEN 0 AND 100),
  ADD CONSTRAINT "group_progress_score_not_negative" CHECK ("score" >= 0);
ALTER TABLE "outbox_events"
  ADD CONSTRAINT "outbox_events_version_positive" CHECK ("version" > 0);

CREATE UNIQUE INDEX "group_members_one_open_stay" ON "group_members" ("group_id", "student_telegram_id") WHERE "left_at" IS NULL;

-- Deferrable, so that one statement can move everybody up a place.
ALTER TABLE "group_members" ADD CONSTRAINT "group_members_position_unique"
  UNIQUE ("group_id", "waiting_position") DEFERRABLE INITIALLY IMMEDIATE;

-- Never more members than seats; who is paused keeps the seat. The group's row is locked, so that two who join at
-- once are counted one after the other; NO KEY, because each holds a key lock on it already by the foreign key.
CREATE FUNCTION "check_capacity"(which uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  seats int;
BEGIN
  SELECT "capacity" INTO seats FROM "groups" WHERE "id" = which FOR NO KEY UPDATE;
  IF (SELECT count(*) FROM "group_members" WHERE "group_id" = which AND "status" IN ('ACTIVE', 'PAUSED')) > seats THEN
    RAISE EXCEPTION 'group % violates check constraint "group_members_within_capacity"', which
      USING ERRCODE = 'check_violation', CONSTRAINT = 'group_members_within_capacity',
        TABLE = 'group_members', SCHEMA = 'public';
  END IF;
END;
$$;
CREATE FUNCTION "check_member_capacity"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM check_capacity(NEW."group_id");
  RETURN NULL;
END;
$$;
CREATE FUNCTION "check_group_capacity"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM check_capacity(NEW."id");
  RETURN NULL;
END;
$$;
CREATE TRIGGER "within_capacity" AFTER INSERT OR UPDATE OF "status", "group_id" ON "group_members"
  FOR EACH ROW WHEN (NEW."status" IN ('ACTIVE', 'PAUSED')) EXECUTE FUNCTION "check_member_capacity"();
CREATE TRIGGER "within_capacity" AFTER UPDATE OF "capacity" ON "groups"
  FOR EACH ROW WHEN (NEW."capacity" < OLD."capacity") EXECUTE FUNCTION "check_group_capacity"();

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

CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "groups"
  FOR EACH ROW EXECUTE FUNCTION "audit_row"('teacher_telegram_id');
CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "group_members"
  FOR EACH ROW EXECUTE FUNCTION "audit_row"('student_telegram_id');
CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "group_invitations"
  FOR EACH ROW EXECUTE FUNCTION "audit_row"('addressee_telegram_id', 'token_hash');
CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "group_progress"
  FOR EACH ROW EXECUTE FUNCTION "audit_row"('student_telegram_id');
