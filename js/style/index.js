import '@xyflow/react/dist/base.css';
import './base.css';
import './graph.css';
import './run.css';
import './history.css';
