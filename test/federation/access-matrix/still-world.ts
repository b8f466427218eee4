import type { TestDatabase } from '@classgram/test/kit'
import type { GraphQLFormattedError } from 'graphql'

/**
 * From now on nothing that is written stays: every transaction runs to its end and is rolled back at
 * COMMIT, as if the database had cancelled it. So each field meets the same world.
 */
export async function holdStill({ owner }: TestDatabase): Promise<void> {
  await owner.query(`
    CREATE FUNCTION hold_still() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'nothing changes' USING ERRCODE = 'query_canceled';
    END;
    $$;
    DO $$
    DECLARE
      name text;
    BEGIN
      FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('
          CREATE CONSTRAINT TRIGGER hold_still AFTER INSERT OR UPDATE OR DELETE ON public.%I
          DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION hold_still()', name);
      END LOOP;
    END;
    $$`)
}

/** Whether an error is what a client sees of `holdStill`: the subgraph takes it for an outage. */
export function isHeldStill({ extensions }: GraphQLFormattedError, subgraph: string): boolean {
  return extensions?.code === 'SERVICE_UNAVAILABLE' && extensions.service === subgraph
}

/** The same text for the same rows in all tables. */
export async function fingerprint({ owner }: TestDatabase): Promise<string> {
  const { rows } = await owner.query<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`,
  )
  const sums = rows.map(
    ({ name }) =>
      `(SELECT coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '-') FROM "${name}" t)`,
  )
  const { rows: found } = await owner.query<{ sum: string }>(`SELECT concat(${sums}) AS sum`)
  return found[0]?.sum ?? ''
}
