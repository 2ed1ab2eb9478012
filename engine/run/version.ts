/**
 * The engine's version. It is part of every stage's key, so raising it makes every stage run again:
 * raise it whenever a stage would give other numbers for the same study.
 */
export const engineVersion = '0.1.0';
