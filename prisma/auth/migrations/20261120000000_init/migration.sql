-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "user_role" AS ENUM ('STUDENT', 'TEACHER', 'ADMIN');

-- CreateEnum
CREATE TYPE "audit_action" AS ENUM ('INSERT', 'UPDATE', 'DELETE');

-- CreateTable
CREATE TABLE "users" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "telegram_id" BIGINT NOT NULL,
    "role" "user_role" NOT NULL DEFAULT 'STUDENT',
    "is_active" BOOLEAN NOT NULL DEFAULT true,
    "first_name" TEXT NOT NULL,
    "last_name" TEXT,
    "username" TEXT,
    "language_code" TEXT,
    "timezone" TEXT NOT NULL DEFAULT 'UTC',
    "photo_url" TEXT,
    "phone_ciphertext" BYTEA,
    "phone_key_id" TEXT,
    "phone_hash" BYTEA,
    "email_ciphertext" BYTEA,
    "email_key_id" TEXT,
    "email_hash" BYTEA,
    "first_seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_seen_at" TIMESTAMPTZ(3),
    "erased_at" TIMESTAMPTZ(3),
    "metadata" JSONB NOT NULL DEFAULT '{}',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "users_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "identities" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "user_telegram_id" BIGINT NOT NULL,
    "provider" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "last_used_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "identities_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sessions" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "user_telegram_id" BIGINT NOT NULL,
    "method" TEXT NOT NULL,
    "user_agent" TEXT,
    "ip_address" INET,
    "last_used_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),
    "revoked_reason" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "sessions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "refresh_tokens" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "session_id" UUID NOT NULL,
    "token_hash" BYTEA NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),
    "replaced_by_id" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "refresh_tokens_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "login_codes" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "user_telegram_id" BIGINT,
    "code_hash" BYTEA NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "max_attempts" INTEGER NOT NULL DEFAULT 5,
    "consumed_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "login_codes_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "oauth_clients" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "client_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "secret_hash" BYTEA NOT NULL,
    "scopes" TEXT[],
    "is_active" BOOLEAN NOT NULL DEFAULT true,
    "expires_at" TIMESTAMPTZ(3),
    "last_used_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "oauth_clients_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "signing_keys" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "kid" TEXT NOT NULL,
    "algorithm" TEXT NOT NULL,
    "public_jwk" JSONB NOT NULL,
    "private_key_ciphertext" BYTEA,
    "private_key_key_id" TEXT,
    "not_before" TIMESTAMPTZ(3) NOT NULL,
    "retires_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "signing_keys_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "consents" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "user_telegram_id" BIGINT NOT NULL,
    "document" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "accepted_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "withdrawn_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "consents_pkey" PRIMARY KEY ("id")
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
CREATE UNIQUE INDEX "users_telegram_id_key" ON "users"("telegram_id");

-- CreateIndex
CREATE INDEX "users_created_at_id_idx" ON "users"("created_at", "id");

-- CreateIndex
CREATE INDEX "users_role_created_at_id_idx" ON "users"("role", "created_at", "id");

-- CreateIndex
CREATE INDEX "users_username_idx" ON "users"("username");

-- CreateIndex
CREATE INDEX "identities_user_telegram_id_idx" ON "identities"("user_telegram_id");

-- CreateIndex
CREATE UNIQUE INDEX "identities_provider_subject_key" ON "identities"("provider", "subject");

-- CreateIndex
CREATE INDEX "sessions_user_telegram_id_created_at_id_idx" ON "sessions"("user_telegram_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "sessions_expires_at_idx" ON "sessions"("expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "refresh_tokens_token_hash_key" ON "refresh_tokens"("token_hash");

-- CreateIndex
CREATE UNIQUE INDEX "refresh_tokens_replaced_by_id_key" ON "refresh_tokens"("replaced_by_id");

-- CreateIndex
CREATE INDEX "refresh_tokens_session_id_created_at_idx" ON "refresh_tokens"("session_id", "created_at");

-- CreateIndex
CREATE INDEX "refresh_tokens_expires_at_idx" ON "refresh_tokens"("expires_at");

-- CreateIndex
CREATE INDEX "login_codes_user_telegram_id_created_at_idx" ON "login_codes"("user_telegram_id", "created_at");

-- CreateIndex
CREATE INDEX "login_codes_code_hash_idx" ON "login_codes"("code_hash");

-- CreateIndex
CREATE INDEX "login_codes_expires_at_idx" ON "login_codes"("expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "oauth_clients_client_id_key" ON "oauth_clients"("client_id");

-- CreateIndex
CREATE UNIQUE INDEX "signing_keys_kid_key" ON "signing_keys"("kid");

-- CreateIndex
CREATE INDEX "signing_keys_expires_at_idx" ON "signing_keys"("expires_at");

-- CreateIndex
CREATE INDEX "consents_user_telegram_id_accepted_at_id_idx" ON "consents"("user_telegram_id", "accepted_at", "id");

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
ALTER TABLE "identities" ADD CONSTRAINT "identities_user_telegram_id_fkey" FOREIGN KEY ("user_telegram_id") REFERENCES "users"("telegram_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_user_telegram_id_fkey" FOREIGN KEY ("user_telegram_id") REFERENCES "users"("telegram_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "refresh_tokens" ADD CONSTRAINT "refresh_tokens_session_id_fkey" FOREIGN KEY ("session_id") REFERENCES "sessions"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "refresh_tokens" ADD CONSTRAINT "refresh_tokens_replaced_by_id_fkey" FOREIGN KEY ("replaced_by_id") REFERENCES "refresh_tokens"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "login_codes" ADD CONSTRAINT "login_codes_user_telegram_id_fkey" FOREIGN KEY ("user_telegram_id") REFERENCES "users"("telegram_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "consents" ADD CONSTRAINT "consents_user_telegram_id_fkey" FOREIGN KEY ("user_telegram_id") REFERENCES "users"("telegram_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- Below: what the Prisma schema cannot say, written by hand.

ALTER TABLE "users"
  ADD CONSTRAINT "users_telegram_id_positive" CHECK ("telegram_id" > 0),
  ADD CONSTRAINT "users_first_name_not_empty" CHECK (btrim("first_name") <> ''),
  ADD CONSTRAINT "users_timezone_not_empty" CHECK (btrim("timezone") <> ''),
  ADD CONSTRAINT "users_language_code_is_bcp47" CHECK ("language_code" ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$'),
  ADD CONSTRAINT "users_phone_sealed" CHECK (("phone_ciphertext" IS NULL) = ("phone_key_id" IS NULL)),
  ADD CONSTRAINT "users_email_sealed" CHECK (("email_ciphertext" IS NULL) = ("email_key_id" IS NULL)),
  ADD CONSTRAINT "users_phone_hash_with_phone" CHECK (("phone_hash" IS NULL) = ("phone_ciphertext" IS NULL)),
  ADD CONSTRAINT "users_email_hash_with_email" CHECK (("email_hash" IS NULL) = ("email_ciphertext" IS NULL)),
  ADD CONSTRAINT "users_erased_without_contacts" CHECK ("erased_at" IS NULL OR ("phone_hash" IS NULL AND "email_hash" IS NULL));
ALTER TABLE "identities"
  ADD CONSTRAINT "identities_provider_not_empty" CHECK (btrim("provider") <> ''),
  ADD CONSTRAINT "identities_subject_not_empty" CHECK (btrim("subject") <> '');
ALTER TABLE "sessions"
  ADD CONSTRAINT "sessions_expire_later" CHECK ("expires_at" > "created_at");
ALTER TABLE "refresh_tokens"
  ADD CONSTRAINT "refresh_tokens_replaced_when_used" CHECK ("replaced_by_id" IS NULL OR "used_at" IS NOT NULL);
ALTER TABLE "login_codes"
  ADD CONSTRAINT "login_codes_attempts_within_limit" CHECK ("attempts" BETWEEN 0 AND "max_attempts"),
  ADD CONSTRAINT "login_codes_max_attempts_positive" CHECK ("max_attempts" > 0);
ALTER TABLE "oauth_clients"
  ADD CONSTRAINT "oauth_clients_client_id_not_empty" CHECK (btrim("client_id") <> ''),
  ADD CONSTRAINT "oauth_clients_name_not_empty" CHECK (btrim("name") <> '');
ALTER TABLE "signing_keys"
  ADD CONSTRAINT "signing_keys_private_key_sealed" CHECK (("private_key_ciphertext" IS NULL) = ("private_key_key_id" IS NULL)),
  ADD CONSTRAINT "signing_keys_kid_not_empty" CHECK (btrim("kid") <> ''),
  ADD CONSTRAINT "signing_keys_algorithm_not_empty" CHECK (btrim("algorithm") <> ''),
  ADD CONSTRAINT "signing_keys_dates_in_order" CHECK ("not_before" < "retires_at" AND "retires_at" <= "expires_at");
ALTER TABLE "consents"
  ADD CONSTRAINT "consents_document_not_empty" CHECK (btrim("document") <> ''),
  ADD CONSTRAINT "consents_version_not_empty" CHECK (btrim("version") <> ''),
  ADD CONSTRAINT "consents_withdrawn_after_accepted" CHECK ("withdrawn_at" >= "accepted_at");
ALTER TABLE "outbox_events"
  ADD CONSTRAINT "outbox_events_version_positive" CHECK ("version" > 0);

CREATE UNIQUE INDEX "users_phone_hash_key" ON "users" ("phone_hash") WHERE "phone_hash" IS NOT NULL;
CREATE UNIQUE INDEX "users_email_hash_key" ON "users" ("email_hash") WHERE "email_hash" IS NOT NULL;
CREATE UNIQUE INDEX "consents_one_open_per_version" ON "consents" ("user_telegram_id", "document", "version") WHERE "withdrawn_at" IS NULL;

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

CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "users"
  FOR EACH ROW EXECUTE FUNCTION "audit_row"('telegram_id', 'phone_ciphertext', 'phone_hash', 'email_ciphertext', 'email_hash');
CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "identities"
  FOR EACH ROW EXECUTE FUNCTION "audit_row"('user_telegram_id');
CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "sessions"
  FOR EACH ROW EXECUTE FUNCTION "audit_row"('user_telegram_id');
CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "refresh_tokens"
  FOR EACH ROW EXECUTE FUNCTION "audit_row"('', 'token_hash');
CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "login_codes"
  FOR EACH ROW EXECUTE FUNCTION "audit_row"('user_telegram_id', 'code_hash');
CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "oauth_clients"
  FOR EACH ROW EXECUTE FUNCTION "audit_row"('', 'secret_hash');
CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "signing_keys"
  FOR EACH ROW EXECUTE FUNCTION "audit_row"('', 'private_key_ciphertext');
CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "consents"
  FOR EACH ROW EXECUTE FUNCTION "audit_row"('user_telegram_id');
