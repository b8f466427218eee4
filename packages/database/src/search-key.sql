-- What a name is found by: its words in small letters, each after a blank, Cyrillic in Latin letters. So "Иванова",
-- "Ivanova" and "IWANOWA" are the same. Spellings between which people waver become one: Yulia and Julia, Alyona and
-- Alena, Dmitry and Dmitrii. All of it is ASCII, because what else is a letter to pg_trgm depends on the server's
-- locale: of other scripts each letter becomes a number, reversed so that neighbours differ early, and a q, which
-- nothing else has. A change here needs the indexes on it made anew.
CREATE FUNCTION "search_key"(name text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  key text COLLATE "pg_c_utf8" := lower(normalize(name, NFKD) COLLATE "pg_c_utf8");
BEGIN
  key := replace(replace(replace(key, U&'c\030C', 'ch'), U&'s\030C', 'sh'), U&'z\030C', 'zh');
  -- What stands over letters, and signs that part no words.
  key := regexp_replace(key, U&'[\0300-\036F''’ʼьъ]', '', 'g');
  key := translate(key, 'абвгґдезийіклмнопрстуфхыэєәғқңөұүҳһłøđıə', 'abvggdeziiiklmnoprstufhieeagknouuhhlodie');
  key := replace(replace(replace(replace(key, 'ж', 'zh'), 'ц', 'ts'), 'ч', 'ch'), 'ш', 'sh');
  key := replace(replace(replace(key, 'щ', 'sh'), 'ю', 'iu'), 'я', 'ia');
  key := replace(replace(replace(key, 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe');
  key := replace(replace(replace(key, 'kh', 'h'), 'ph', 'f'), 'x', 'ks');
  key := regexp_replace(key, 'shch|sch', 'sh', 'g');
  key := regexp_replace(key, 'y[eo]', 'e', 'g');
  key := regexp_replace(key, 'c(?!h)', 'k', 'g');
  key := translate(key, 'ywjq', 'ivik');
  key := regexp_replace(key, '([a-z])\1+', '\1', 'g');
  key := rtrim(regexp_replace(' ' || key, '[^[:alnum:]]+', ' ', 'g'));
  IF key ~ '[^a-z0-9 ]' THEN
    SELECT string_agg(CASE WHEN letter ~ '[a-z0-9 ]' THEN letter ELSE reverse(to_hex(ascii(letter))) || 'q' END, '' ORDER BY place)
      INTO key FROM string_to_table(key, NULL) WITH ORDINALITY AS letters (letter, place);
  END IF;
  RETURN key;
END;
$$;
