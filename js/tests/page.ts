/**
 * What JupyterLab's packages expect of a page and jsdom lacks. Does nothing where there is no page.
 */
if (typeof window !== 'undefined') {
  class Observer {
    observe(): void {
      /* nothing is ever laid out */
    }
    unobserve(): void {
      /* nothing is ever laid out */
    }
    disconnect(): void {
      /* nothing is ever laid out */
    }
  }
  class DragEventStub extends MouseEvent {}
  Object.assign(window, {
    DragEvent: DragEventStub,
    ResizeObserver: Observer,
    IntersectionObserver: Observer,
    matchMedia: (media: string) => ({
      media,
      matches: false,
      addEventListener: () => undefined,
      removeEventListener: () => undefined,
      addListener: () => undefined,
      removeListener: () => undefined
    })
  });
}

export {};
