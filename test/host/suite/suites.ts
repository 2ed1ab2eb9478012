import './activation.suite';
