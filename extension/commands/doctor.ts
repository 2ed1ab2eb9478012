import * as vscode from 'vscode';
import { commandIn, type DeviceReport, type FoundDevice } from '../engine/device-report';
import type { Devices } from '../engine/devices';

interface DeviceItem extends vscode.QuickPickItem {
  found?: FoundDevice;
}

/** Examines the devices and lists them: those that are here with their speed, the others with what is missing. */
export async function doctor(devices: Devices, log: vscode.LogOutputChannel): Promise<DeviceReport | undefined> {
  const title = vscode.l10n.t('Training a step on each device…');
  const report = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title, cancellable: true },
    (_, token) => devices.examine(token),
  );
  if (!report) return undefined;
  log.info(report.machine);
  for (const { device, present, detail, mend } of report.devices)
    log.info(`${device}: ${present ? detail : `not here, ${detail}${mend === undefined ? '' : `. ${mend}`}`}`);
  list(report, log);
  return report;
}

function list(report: DeviceReport, log: vscode.LogOutputChannel): void {
  const copy: vscode.QuickInputButton = {
    iconPath: new vscode.ThemeIcon('copy'),
    tooltip: vscode.l10n.t('Copy the command'),
  };
  const pick = vscode.window.createQuickPick<DeviceItem>();
  pick.title = report.machine;
  pick.placeholder = vscode.l10n.t('Devices of this machine; "device": "auto" takes {0}', report.best);
  pick.ignoreFocusOut = true;
  pick.matchOnDetail = true;
  const separator = (label: string): DeviceItem => ({ label, kind: vscode.QuickPickItemKind.Separator });
  const here = report.devices.filter(({ present }) => present);
  const absent = report.devices.filter(({ present }) => !present);
  pick.items = [
    separator(vscode.l10n.t('here')),
    ...here.map((found) => ({
      label: `$(pass) ${found.device}`,
      description: [speed(found), found.device === report.best ? vscode.l10n.t('taken by auto') : '']
        .filter(Boolean)
        .join(' · '),
      detail: found.detail,
      found,
    })),
    ...(absent.length > 0 ? [separator(vscode.l10n.t('not here'))] : []),
    ...absent.map((found) => ({
      label: `$(circle-slash) ${found.device}`,
      description: found.detail,
      detail: found.mend,
      buttons: found.mend === undefined ? [] : [copy],
      found,
    })),
  ];
  const copyOf = async ({ found }: DeviceItem): Promise<void> => {
    if (found?.mend === undefined) return;
    const text = commandIn(found.mend) ?? found.mend;
    await vscode.env.clipboard.writeText(text);
    vscode.window.setStatusBarMessage(vscode.l10n.t('$(copy) Copied: {0}', text), 5000);
  };
  pick.onDidTriggerItemButton(({ item }) => void copyOf(item));
  pick.onDidAccept(() => {
    const [chosen] = pick.selectedItems;
    pick.hide();
    if (chosen?.found?.present === false) void copyOf(chosen);
    else log.show();
  });
  pick.onDidHide(() => pick.dispose());
  pick.show();
}

/** `12 ms a step, 5300 images/s`; empty where it was not timed. */
function speed({ step }: FoundDevice): string {
  if (!step) return '';
  const number = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
  return vscode.l10n.t('{0} ms a step, {1} images/s', number(step.stepMs), number((1000 * step.images) / step.stepMs));
}
