-- AlterTable
ALTER TABLE "groups" ADD COLUMN     "profile_waived" BOOLEAN NOT NULL DEFAULT false;

-- Below: what the Prisma schema cannot say, written by hand.

-- Groups that an administrator made, or whose level one of them set, go on as they were.
SELECT set_config('classgram.actor', 'system:migration', true);
UPDATE "groups" g SET "profile_waived" = true
WHERE EXISTS (
  SELECT FROM "audit_log" a
  WHERE a."table_name" = 'groups' AND a."row_id" = g."id"::text
    AND a."actor" LIKE 'user:%' AND a."actor" <> 'user:' || g."teacher_telegram_id"
    AND (a."action" = 'INSERT' OR a."after" ? 'level')
);
