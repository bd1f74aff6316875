/** What no record can have, counted by the server in the columns of a table: what the reader would refuse, row by row. */
import { MAX_DEPTH } from '../../core/json/cursor.ts';
import { namesOf } from '../../core/mapping/field.ts';
import { MOST_ID, MOST_NAME } from '../../core/snapshot/record-members.ts';
import { quotedName, type Relation } from './catalog.ts';
import { levelsAround } from './json-look.ts';
import { keyText, sizedTexts } from './key-text.ts';
import { isTimeType, jsonInBody } from './row-columns.ts';

/** Rows for which `condition`, in SQL, is true cannot be captured. */
export interface Unfit {
  readonly condition: string;
  readonly says: string;
}

const MOST_SEQ = Number.MAX_SAFE_INTEGER;

/** The form of RFC 3339, as far as a regular expression can say it: which days there are is found out by reading. */
const DATE_TIME = String.raw`^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$|^-?infinity$`;

function unfitTexts({ profile }: Relation): readonly Unfit[] {
  return sizedTexts(profile).map(({ member, text }) => {
    const most = member === 'id' ? MOST_ID : MOST_NAME;
    return {
      condition: `pg_catalog.char_length(${text}) NOT BETWEEN 1 AND ${most}`,
      says: `${member === 'id' ? 'an' : 'a'} ${member} that is empty or longer than ${most} characters`,
    };
  });
}

function unfitPosition({ profile: { seq } }: Relation): readonly Unfit[] {
  if (seq === undefined) return [];
  const text = keyText(seq);
  const condition = `CASE WHEN ${text} ~ '^(0|[1-9][0-9]{0,15})$' THEN ${text}::numeric > ${MOST_SEQ} ELSE TRUE END`;
  return [{ condition, says: 'a seq that is no integer from 0 to 2^53-1, in digits' }];
}

function unfitTime({ profile: { recordedAt: rule }, columns }: Relation): readonly Unfit[] {
  const [column] = rule === undefined ? [] : namesOf(rule);
  if (column === undefined) return [];
  const text = `${quotedName(column)}::text`;
  if (isTimeType(columns.get(column))) {
    return [{ condition: `${text} ~ '(BC$|^[0-9]{5})'`, says: 'a recordedAt before the year 1 or after 9999' }];
  }
  if (typeof rule !== 'string') return [];
  return [{ condition: `${text} !~ '${DATE_TIME}'`, says: 'a recordedAt that is no RFC 3339 date and time' }];
}

/** The columns that become JSON in a body and are such for the server; the others are looked at one by one (`lookAtJson`). */
function jsonbColumns(relation: Relation): readonly string[] {
  return jsonInBody(relation, (name) => relation.columns.get(name)?.baseType === 'jsonb');
}

/** Containers in one another, those of the record and of a body made of columns among them. */
function unfitDepth(relation: Relation): readonly Unfit[] {
  const most = MAX_DEPTH - levelsAround(relation);
  return jsonbColumns(relation).map((name) => {
    const text = `${quotedName(name)}::text`;
    const brackets = `pg_catalog.char_length(${text}) - pg_catalog.char_length(pg_catalog.translate(${text}, '{[', ''))`;
    // Levels are counted from 0. Only what has so many brackets is looked at.
    const deep = `strict $.**{${most} to last} ? (@.type() == "object" || @.type() == "array")`;
    const condition = `CASE WHEN ${brackets} > ${most} THEN pg_catalog.jsonb_path_exists(${quotedName(name)}, '${deep}') ELSE FALSE END`;
    return { condition, says: `JSON in ${name} of more than ${most} objects and arrays in one another` };
  });
}

/** All that is looked for in the rows of `relation`; a NULL fits, or is counted elsewhere. */
export function unfitMembers(relation: Relation): readonly Unfit[] {
  return [...unfitTexts(relation), ...unfitPosition(relation), ...unfitTime(relation), ...unfitDepth(relation)];
}
