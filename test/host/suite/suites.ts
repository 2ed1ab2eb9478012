import './activation.suite';
import './lifecycle.suite';
import './tree.suite';
import './datasets.suite';
import './editing.suite';
import './quiet.suite';
import './commands.suite';
import './folders.suite';
