import {
  installCodeHost,
  startServer,
  workbenchUrl,
  type CodeServer,
  type ServerOptions,
} from '../../../scripts/support/code-host.mjs';
import { Person } from './person';
import { openBrowser } from './workbench';

/** Someone in front of VS Code, with the extension as it stands in this folder. */
export interface Seat {
  readonly server: CodeServer;
  readonly person: Person;
  leave(): Promise<void>;
}

/** Opens a workspace in VS Code in a browser of its own. */
export async function takeSeat(
  workspace: string,
  { viewport, ...options }: ServerOptions & { viewport?: { width: number; height: number } } = {},
): Promise<Seat> {
  const server = await startServer(await installCodeHost(process.env.EIGENPROBE_HOST_VERSION), options);
  let browser: Awaited<ReturnType<typeof openBrowser>> | undefined;
  const leave = async (): Promise<void> => {
    await browser?.close();
    await server.stop();
  };
  try {
    browser = await openBrowser(viewport);
    const page = browser.context.pages()[0] ?? (await browser.context.newPage());
    const person = new Person(page, workbenchUrl(server, workspace, { development: process.cwd() }));
    await person.open();
    return { server, person, leave };
  } catch (error) {
    await leave();
    throw error;
  }
}
