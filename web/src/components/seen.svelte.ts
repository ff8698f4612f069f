/** Whether a part of the page has come into view: what it shows is asked for then. */

export class Seen {
  now = $state(false);

  /** To be attached to the element that is looked for. */
  readonly watch = (element: Element): (() => void) => {
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (!entry?.isIntersecting) return;
        this.now = true;
        observer.disconnect();
      },
      { rootMargin: '200px' },
    );
    observer.observe(element);
    return () => observer.disconnect();
  };
}
