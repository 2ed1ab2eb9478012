/** A text cut to so many characters, the last of them an ellipsis; one that fits stays as it is. */
export function shortened(text: string, most: number): string {
  const characters = [...text];
  return characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : text;
}
