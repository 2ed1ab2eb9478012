import './activation.suite';
import './lifecycle.suite';
import './tree.suite';
import './editing.suite';
