-- CreateIndex
CREATE INDEX "audit_log_actor_created_at_id_idx" ON "audit_log"("actor", "created_at", "id");

-- Below: what the Prisma schema cannot say, written by hand.

-- Audit: every change writes one row to audit_log, in its own transaction. A table's trigger names the column
-- that holds the person the row is about ('' if none), then the columns never to be shown.
-- SECURITY DEFINER, because the service's role may read audit_log and no more.
CREATE OR REPLACE FUNCTION "audit_row"() RETURNS trigger
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
    -- Also when an update takes the person out of the row.
    coalesce(new_row ->> TG_ARGV[0], old_row ->> TG_ARGV[0])::bigint,
    changes_before,
    changes_after,
    nullif(current_setting('classgram.request_id', true), '')
  );
  RETURN NULL;
END;
$$;

-- The one way around append-only, for erasing a person: empties what the log shows of rows about them. That there
-- were such changes, by whom and when, stays; and this writes a row of its own, which it leaves alone later.
-- SECURITY DEFINER, because the service's role may read audit_log and no more. Returns how many rows it emptied.
CREATE FUNCTION "audit_forget"(person bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  acting text := nullif(current_setting('classgram.actor', true), '');
  forgotten bigint;
BEGIN
  IF acting IS NULL THEN
    RAISE EXCEPTION 'Nobody is named as the author of this change to audit_log: set classgram.actor first.'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF person IS NULL THEN
    RAISE EXCEPTION 'Nobody is named to be forgotten.' USING ERRCODE = 'null_value_not_allowed';
  END IF;

  UPDATE public.audit_log SET before = NULL, after = NULL
    WHERE person_telegram_id = person AND table_name <> 'audit_log'
      AND (before IS NOT NULL OR after IS NOT NULL);
  GET DIAGNOSTICS forgotten = ROW_COUNT;

  INSERT INTO public.audit_log (actor, action, table_name, row_id, person_telegram_id, after, request_id)
  VALUES (
    acting,
    'UPDATE',
    'audit_log',
    person::text,
    person,
    jsonb_build_object('forgotten', forgotten),
    nullif(current_setting('classgram.request_id', true), '')
  );
  RETURN forgotten;
END;
$$;

REVOKE ALL ON FUNCTION "audit_forget"(bigint) FROM PUBLIC;

-- Personal fields are masked too: who somebody is, how to reach them, and what is written about them.
-- A lesson may be for one student alone, at their home: its title, its place and what is said of it are theirs, though
-- the row is its teacher's.
CREATE OR REPLACE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "lessons"
  FOR EACH ROW EXECUTE FUNCTION "audit_row"('teacher_telegram_id', 'title', 'description', 'location', 'meeting_url', 'cancel_reason');
CREATE OR REPLACE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "lesson_series"
  FOR EACH ROW EXECUTE FUNCTION "audit_row"('teacher_telegram_id', 'title', 'description', 'location', 'meeting_url');
CREATE OR REPLACE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "lesson_attendance"
  FOR EACH ROW EXECUTE FUNCTION "audit_row"('student_telegram_id', 'remark');
CREATE OR REPLACE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "teacher_unavailable"
  FOR EACH ROW EXECUTE FUNCTION "audit_row"('teacher_telegram_id', 'reason');

-- What the log shows so far is masked in the same way, as the triggers say now.
WITH masks AS (
  SELECT relname, (string_to_array(encode(tgargs, 'escape'), '\000'))[2:] AS columns
  FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
  WHERE tgfoid = 'audit_row'::regproc AND relnamespace = 'public'::regnamespace
)
UPDATE "audit_log" SET
  "before" = (
    SELECT jsonb_object_agg(key, CASE WHEN key = ANY (columns) AND value <> 'null' THEN '"***"' ELSE value END)
    FROM jsonb_each("before")
  ),
  "after" = (
    SELECT jsonb_object_agg(key, CASE WHEN key = ANY (columns) AND value <> 'null' THEN '"***"' ELSE value END)
    FROM jsonb_each("after")
  )
FROM masks
WHERE relname = "table_name" AND ("before" ?| columns OR "after" ?| columns);
