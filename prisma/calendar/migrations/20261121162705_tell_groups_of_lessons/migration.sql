-- Groups are told of the lessons that were planned before calendar told of any, as far back as they keep them: a day.
-- Whatever was told of once, they know.
WITH event AS (
  INSERT INTO "outbox_events" ("aggregate_type", "aggregate_id", "type", "version", "payload", "actor", "occurred_at")
  SELECT 'lesson', l."id", 'calendar.lesson-changed', 1,
    jsonb_build_object(
      'id', l."id",
      'groupId', l."group_id",
      'teacherTelegramId', l."teacher_telegram_id"::text,
      'startsAt', to_char(l."starts_at" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
      'endsAt', to_char(l."ends_at" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
      'timezone', l."timezone",
      'status', l."status",
      'createdAt', to_char(l."created_at" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
      'version', l."version"
    ),
    'system:migration', now()
  FROM "lessons" l
  WHERE l."group_id" IS NOT NULL AND l."starts_at" > now() - interval '1 day' AND NOT EXISTS (
    SELECT FROM "outbox_events" e WHERE e."aggregate_type" = 'lesson' AND e."aggregate_id" = l."id"::text
  )
  RETURNING "id", "sequence", "aggregate_type", "aggregate_id"
)
INSERT INTO "outbox_deliveries" ("event_id", "subscriber", "aggregate_type", "aggregate_id", "sequence")
SELECT "id", 'groups', "aggregate_type", "aggregate_id", "sequence" FROM event;
