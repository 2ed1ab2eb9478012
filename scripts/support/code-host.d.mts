export interface CodeHost {
  version: string;
  folder: string;
  node: string;
  smokeTestDriver: boolean;
}
export interface CodeServer {
  port: number;
  /** Process group of the server and all its helpers. */
  group: number;
  url: string;
  data: string;
  stop(): Promise<void>;
  output(): string;
}
export const defaultVersion: string;
export const chromiumFlags: string[];
export function installCodeHost(version?: string, options?: { browser?: boolean }): Promise<CodeHost>;
export interface ServerOptions {
  env?: Record<string, string>;
  extensions?: string;
  trust?: boolean;
  port?: number;
  uid?: number;
}
export function startServer(host: CodeHost, options?: ServerOptions): Promise<CodeServer>;
export function workbenchUrl(
  server: CodeServer,
  folder: string,
  options?: { development?: string; suite?: string },
): string;
export function installVsix(host: CodeHost, vsix: string, extensions: string): Promise<void>;
export function findChromium(): string;
