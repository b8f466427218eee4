-- The history of a stay goes by one clock, that of the service, as the dates of the stay itself do. What says when a
-- transaction began, or what the database's clock says, may come before what the stay was until then.
CREATE OR REPLACE FUNCTION "note_member_state"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "group_member_states" ("member_id", "status", "since")
  VALUES (NEW."id", NEW."status", CASE TG_OP
    WHEN 'INSERT' THEN coalesce(NEW."left_at", NEW."joined_at", NEW."invited_at", NEW."updated_at")
    -- Servers whose clocks differ do not turn it round.
    ELSE greatest(coalesce(NEW."left_at", NEW."updated_at"), (
      SELECT max("since") FROM "group_member_states" WHERE "member_id" = NEW."id"
    ))
  END);
  RETURN NULL;
END;
$$;
