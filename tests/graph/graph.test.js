// Graph: who owns variables, the default graph, disposal.
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  FailedPreconditionError,
  GRUCell,
  Graph,
  get_default_graph,
  get_variable,
  memory,
  RuntimeError,
  reset_default_graph,
  ValueError,
  variable_scope,
} from '../../js/index.js';
import { ready } from '../helpers/ready.js';

beforeAll(ready);
beforeEach(() => reset_default_graph());

/** @param {any} [options] */
function built(options = {}) {
  const cell = new GRUCell(3, options);
  cell.build([null, 2]);
  return cell;
}

describe('the default graph', () => {
  test('owns what is made outside any other', () => {
    const cell = built();
    expect(cell.graph).toBe(get_default_graph());
    expect(get_default_graph().variables).toEqual(cell.weights);
  });
  test('as_default gives another one for the time of a function', () => {
    const outer = get_default_graph();
    const graph = new Graph();
    const inner = new Graph();
    const cell = graph.as_default(() => {
      expect(get_default_graph()).toBe(graph);
      inner.as_default(() => expect(get_default_graph()).toBe(inner));
      expect(get_default_graph()).toBe(graph);
      return built();
    });
    expect(get_default_graph()).toBe(outer);
    expect(cell.graph).toBe(graph);
    expect(graph.variables).toEqual(cell.weights);
    expect(outer.variables).toEqual([]);
    graph.dispose();
    inner.dispose();
  });
  test('as_default returns what the function returns, and ends when it throws', () => {
    const graph = new Graph();
    expect(graph.as_default(() => 3)).toBe(3);
    expect(() =>
      graph.as_default(() => {
        throw new RangeError('no');
      }),
    ).toThrow(RangeError);
    expect(() => graph.as_default(async () => 3)).toThrow(TypeError);
    expect(get_default_graph()).not.toBe(graph);
  });
  test('a cell keeps the graph of its first use', () => {
    const graph = new Graph();
    const cell = new GRUCell(3);
    graph.as_default(() => cell.build([null, 2]));
    cell.call([[1, 2]], [[0, 0, 0]]);
    expect(cell.graph).toBe(graph);
    expect(get_default_graph().variables).toEqual([]);
    graph.dispose();
  });
  test('scopes of one graph are not those of another', () => {
    variable_scope('outer', () => {
      new Graph().as_default(() => {
        expect(built().scope_name).toBe('gru_cell');
        variable_scope('inner', (scope) => expect(scope.name).toBe('inner'));
      });
      expect(built().scope_name).toBe('outer/gru_cell');
    });
  });
});

describe('dispose', () => {
  test('frees all variables, whoever uses them', () => {
    const before = memory().bytes;
    const graph = new Graph();
    const cell = graph.as_default(() => {
      get_variable('v', { shape: [100] });
      return variable_scope('a', () => built());
    });
    graph.dispose();
    graph.dispose();
    expect(() => cell.call([[1, 2]], [[0, 0, 0]])).toThrow(FailedPreconditionError);
    expect(graph.variables).toEqual([]);
    cell.dispose();
    expect(memory().bytes).toBe(before);
  });
  test('use afterwards is a RuntimeError that says so', () => {
    const graph = new Graph();
    graph.dispose();
    expect(() => graph.as_default(() => {})).toThrow(RuntimeError);
    expect(() => graph.as_default(() => {})).toThrow(/used after it was disposed of/);
  });
  test('not while it is the default', () => {
    const graph = new Graph();
    graph.as_default(() => {
      expect(() => graph.dispose()).toThrow(ValueError);
      expect(() => graph.dispose()).toThrow(/default graph of a function that is still running/);
    });
    graph.dispose();
  });
  test('by `using`', () => {
    const graph = new Graph();
    graph.as_default(() => get_variable('v', { shape: [1] }));
    /** @type {any} */ (graph)[Symbol.dispose ?? Symbol.for('Symbol.dispose')]();
    expect(graph.variables).toEqual([]);
  });
  test('a variable that was disposed of can be made again', () => {
    const make = () => variable_scope('a', () => built());
    const first = make();
    expect(make).toThrow(/already exists/);
    first.dispose();
    expect(make().scope_name).toBe('a/gru_cell');
  });
});

describe('reset_default_graph', () => {
  test('gives a fresh graph, with names anew, and frees the old one', () => {
    const old = get_default_graph();
    const before = memory().bytes;
    const cell = built();
    get_variable('v', { shape: [10] });
    reset_default_graph();
    expect(get_default_graph()).not.toBe(old);
    expect(built().scope_name).toBe('gru_cell');
    expect(new GRUCell(3).name).toBe('gru_cell_2');
    expect(() => cell.call([[1, 2]], [[0, 0, 0]])).toThrow(FailedPreconditionError);
    cell.dispose();
    reset_default_graph();
    expect(memory().bytes).toBeLessThanOrEqual(before + 1024);
  });
  test('not inside as_default or a variable scope', () => {
    const graph = new Graph();
    expect(() => graph.as_default(() => reset_default_graph())).toThrow(RuntimeError);
    expect(() => variable_scope('a', () => reset_default_graph())).toThrow(RuntimeError);
    expect(() => variable_scope('a', () => reset_default_graph())).toThrow(
      /cannot be called inside as_default or a variable_scope/,
    );
    graph.dispose();
    reset_default_graph();
  });
});
