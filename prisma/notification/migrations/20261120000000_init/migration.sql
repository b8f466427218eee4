-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "notification_kind" AS ENUM ('LESSON_REMINDER', 'LESSON_SCHEDULED', 'LESSON_RESCHEDULED', 'LESSON_CANCELLED', 'ATTENDANCE_MARKED', 'PROGRESS_RECORDED', 'GROUP_INVITATION', 'WAITLIST_OFFER', 'ANNOUNCEMENT');

-- CreateEnum
CREATE TYPE "notification_status" AS ENUM ('SCHEDULED', 'QUEUED', 'SENT', 'DELIVERED', 'FAILED', 'CANCELLED', 'EXPIRED');

-- CreateEnum
CREATE TYPE "channel" AS ENUM ('TELEGRAM', 'EMAIL', 'WEB');

-- CreateEnum
CREATE TYPE "digest" AS ENUM ('NONE', 'DAILY', 'WEEKLY');

-- CreateEnum
CREATE TYPE "reachability" AS ENUM ('OK', 'BLOCKED', 'DEACTIVATED', 'NEVER_STARTED');

-- CreateEnum
CREATE TYPE "audit_action" AS ENUM ('INSERT', 'UPDATE', 'DELETE');

-- CreateTable
CREATE TABLE "notifications" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "recipient_telegram_id" BIGINT NOT NULL,
    "kind" "notification_kind" NOT NULL,
    "payload" JSONB NOT NULL DEFAULT '{}',
    "title" TEXT,
    "text" TEXT,
    "status" "notification_status" NOT NULL DEFAULT 'SCHEDULED',
    "scheduled_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),
    "dedup_key" TEXT NOT NULL,
    "sent_at" TIMESTAMPTZ(3),
    "read_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "notifications_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "notification_templates" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "kind" "notification_kind" NOT NULL,
    "channel" "channel" NOT NULL,
    "locale" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "title" TEXT,
    "body" TEXT NOT NULL,
    "is_active" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "notification_templates_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "user_notification_settings" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "user_telegram_id" BIGINT NOT NULL,
    "kind" "notification_kind" NOT NULL,
    "channel" "channel" NOT NULL,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "quiet_from" TIME(0),
    "quiet_to" TIME(0),
    "timezone" TEXT NOT NULL DEFAULT 'UTC',
    "digest" "digest" NOT NULL DEFAULT 'NONE',
    "lead_minutes" INTEGER[] DEFAULT ARRAY[]::INTEGER[],
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "user_notification_settings_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "notification_logs" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "notification_id" UUID NOT NULL,
    "channel" "channel" NOT NULL,
    "attempt" INTEGER NOT NULL,
    "template_id" UUID,
    "template_version" INTEGER,
    "text" TEXT,
    "provider_message_id" TEXT,
    "error" TEXT,
    "duration_ms" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "notification_logs_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "telegram_chats" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "telegram_id" BIGINT NOT NULL,
    "chat_id" BIGINT NOT NULL,
    "reachability" "reachability" NOT NULL DEFAULT 'NEVER_STARTED',
    "checked_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "telegram_chats_pkey" PRIMARY KEY ("id")
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
CREATE INDEX "notifications_recipient_telegram_id_created_at_id_idx" ON "notifications"("recipient_telegram_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "notifications_status_scheduled_at_id_idx" ON "notifications"("status", "scheduled_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "notifications_recipient_telegram_id_dedup_key_key" ON "notifications"("recipient_telegram_id", "dedup_key");

-- CreateIndex
CREATE UNIQUE INDEX "notification_templates_kind_channel_locale_version_key" ON "notification_templates"("kind", "channel", "locale", "version");

-- CreateIndex
CREATE UNIQUE INDEX "user_notification_settings_user_telegram_id_kind_channel_key" ON "user_notification_settings"("user_telegram_id", "kind", "channel");

-- CreateIndex
CREATE INDEX "notification_logs_template_id_idx" ON "notification_logs"("template_id");

-- CreateIndex
CREATE INDEX "notification_logs_created_at_id_idx" ON "notification_logs"("created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "notification_logs_notification_id_channel_attempt_key" ON "notification_logs"("notification_id", "channel", "attempt");

-- CreateIndex
CREATE UNIQUE INDEX "telegram_chats_telegram_id_key" ON "telegram_chats"("telegram_id");

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
ALTER TABLE "notification_logs" ADD CONSTRAINT "notification_logs_notification_id_fkey" FOREIGN KEY ("notification_id") REFERENCES "notifications"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "notification_logs" ADD CONSTRAINT "notification_logs_template_id_fkey" FOREIGN KEY ("template_id") REFERENCES "notification_templates"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- Below: what the Prisma schema cannot say, written by hand.

ALTER TABLE "notifications"
  ADD CONSTRAINT "notifications_recipient_telegram_id_positive" CHECK ("recipient_telegram_id" > 0),
  ADD CONSTRAINT "notifications_dedup_key_not_empty" CHECK (btrim("dedup_key") <> ''),
  ADD CONSTRAINT "notifications_expire_later" CHECK ("expires_at" > "scheduled_at");
ALTER TABLE "notification_templates"
  ADD CONSTRAINT "notification_templates_version_positive" CHECK ("version" > 0),
  ADD CONSTRAINT "notification_templates_locale_is_bcp47" CHECK ("locale" ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$'),
  ADD CONSTRAINT "notification_templates_body_not_empty" CHECK (btrim("body") <> '');
ALTER TABLE "user_notification_settings"
  ADD CONSTRAINT "user_notification_settings_user_telegram_id_positive" CHECK ("user_telegram_id" > 0),
  ADD CONSTRAINT "user_notification_settings_timezone_not_empty" CHECK (btrim("timezone") <> ''),
  ADD CONSTRAINT "user_notification_settings_quiet_hours_together" CHECK (("quiet_from" IS NULL) = ("quiet_to" IS NULL)),
  ADD CONSTRAINT "user_notification_settings_lead_minutes_in_range" CHECK (0 <= ALL ("lead_minutes") AND 43200 >= ALL ("lead_minutes"));
ALTER TABLE "notification_logs"
  ADD CONSTRAINT "notification_logs_attempt_positive" CHECK ("attempt" > 0),
  ADD CONSTRAINT "notification_logs_duration_not_negative" CHECK ("duration_ms" >= 0);
ALTER TABLE "telegram_chats"
  ADD CONSTRAINT "telegram_chats_telegram_id_positive" CHECK ("telegram_id" > 0);
ALTER TABLE "outbox_events"
  ADD CONSTRAINT "outbox_events_version_positive" CHECK ("version" > 0);

CREATE UNIQUE INDEX "notification_templates_one_active" ON "notification_templates" ("kind", "channel", "locale") WHERE "is_active";
CREATE INDEX "notifications_unread" ON "notifications" ("recipient_telegram_id") WHERE "read_at" IS NULL;

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

CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "notifications"
  FOR EACH ROW EXECUTE FUNCTION "audit_row"('recipient_telegram_id');
CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "notification_templates"
  FOR EACH ROW EXECUTE FUNCTION "audit_row"('');
CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "user_notification_settings"
  FOR EACH ROW EXECUTE FUNCTION "audit_row"('user_telegram_id');
CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "notification_logs"
  FOR EACH ROW EXECUTE FUNCTION "audit_row"('', 'text');
CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "telegram_chats"
  FOR EACH ROW EXECUTE FUNCTION "audit_row"('telegram_id');
