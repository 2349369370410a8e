import { OracleComputeError } from '../../../lib/errors.js';

/**
 * The columns of a list whose fields are known from its rows only: `name` first, then as the service has them; or those
 * that `--fields` names, in its order and whatever their case.
 *
 * @param known undefined where there are no rows to know anything from
 * @throws OracleComputeError USAGE where `--fields` names a column that does not exist
 */
export function chooseColumns(known: readonly string[] | undefined, fields: string | undefined): readonly string[] {
  if (fields === undefined) return known ?? ['name'];
  const wanted = wantedFields(fields);
  if (wanted.length === 0) throw new OracleComputeError('USAGE', '--fields names no field', {});
  if (known === undefined) return wanted;
  return wanted.map((field) => {
    const column = known.find((name) => name.toLowerCase() === field.toLowerCase());
    if (column !== undefined) return column;
    const message = `there is no field ${JSON.stringify(field)}; there are: ${known.join(', ')}`;
    throw new OracleComputeError('USAGE', message, {});
  });
}

export function wantedFields(fields: string | undefined): string[] {
  return (fields ?? '')
    .split(',')
    .map((field) => field.trim())
    .filter((field) => field !== '');
}

/** The fields of rows, each once. */
export function fieldsOf(rows: ReadonlyArray<object>): string[] {
  const names = new Set(rows.flatMap((row) => Object.keys(row)));
  const { name, others } = { name: names.delete('name') ? ['name'] : [], others: [...names] };
  return [...name, ...others];
}
