import picocolors from 'picocolors';

export type Colors = ReturnType<typeof picocolors.createColors>;

/** Colours for a stream: only in a terminal, none where NO_COLOR is set, always where FORCE_COLOR is. */
export function terminalColors(
  stream: { isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Colors {
  const { NO_COLOR, FORCE_COLOR, TERM } = environment;
  const refused = NO_COLOR !== undefined && NO_COLOR !== '';
  const forced = FORCE_COLOR !== undefined && FORCE_COLOR !== '' && FORCE_COLOR !== '0';
  return picocolors.createColors(!refused && (forced || (stream.isTTY === true && TERM !== 'dumb')));
}
