-- CreateEnum
CREATE TYPE "group_status" AS ENUM ('DRAFT', 'OPEN', 'RUNNING', 'FINISHED', 'ARCHIVED');

-- CreateTable
CREATE TABLE "group_states" (
    "id" UUID NOT NULL,
    "status" "group_status" NOT NULL,
    "source_version" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "group_states_pkey" PRIMARY KEY ("id")
);

-- Arguments: the column that holds the person ('' if none), then columns never to be shown: secrets, and what says
-- who somebody is or how they fare.
CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "group_states"
  FOR EACH ROW EXECUTE FUNCTION "audit_row"('');
