export async function writeReport(directory: string): Promise<string> {
  return (await import('../report/index')).writeReport(directory);
}
