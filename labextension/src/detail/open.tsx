import type { ILayoutRestorer } from '@jupyterlab/application';
import { MainAreaWidget, ReactWidget, WidgetTracker } from '@jupyterlab/apputils';
import * as React from 'react';

import type { Kind } from '../api/types';
import { Trouble } from '../common/Trouble';
import { asApiError } from '../api/errors';
import { kindIcon } from '../common/icons';
import { CommandIDs, IContext, IDetailProps } from '../tokens';
import { detailView } from './registry';

/** What identifies a view; kept in the layout, so that it is there again after a reload. */
export interface ISubjectArgs {
  workspace: string;
  kind: Kind;
  id: string;
}

/** A view whose code is fetched when it is first opened. */
class DetailWidget extends ReactWidget {
  constructor(readonly props: IDetailProps) {
    super();
    this.addClass('aml-DetailHost');
    void detailView(props.kind).then(
      module => {
        this._view = module.default;
        this.update();
      },
      error => {
        this._error = error;
        this.update();
      }
    );
  }

  protected override render(): JSX.Element {
    if (this._error) {
      return <Trouble error={asApiError(this._error)} />;
    }
    return this._view ? <this._view {...this.props} /> : <div className="aml-Detail" aria-busy="true" />;
  }

  private _view: React.ComponentType<IDetailProps> | null = null;
  private _error: unknown = null;
}

/** Opens one widget of the main area an object, and brings it to the front when it is there. */
export class Views {
  constructor(private readonly _context: IContext) {}

  readonly tracker = new WidgetTracker<MainAreaWidget<ReactWidget>>({ namespace: 'aml-nb' });

  restore(restorer: ILayoutRestorer): void {
    void restorer.restore(this.tracker, {
      command: CommandIDs.open,
      args: widget => ({ ...subjectOf(widget) }),
      name: widget => keyOf(subjectOf(widget))
    });
  }

  open(subject: ISubjectArgs): MainAreaWidget<ReactWidget> {
    const key = keyOf(subject);
    let widget = this.tracker.find(each => keyOf(subjectOf(each)) === key);
    if (!widget) {
      const { workspace, kind, id } = subject;
      const named = (name: string) => {
        title.label = name;
      };
      const close = () => this.close(subject);
      const content = new DetailWidget({ ...this._context, workspace, kind, id, named, close });
      widget = new MainAreaWidget({ content });
      const { title } = widget;
      widget.id = `aml-nb-${key}`;
      widget.title.label = id;
      widget.title.caption = id;
      widget.title.icon = kindIcon(kind);
      widget.title.closable = true;
      widget.toolbar.hide(); // a view has its buttons beside its name
      void this.tracker.add(widget);
    }
    if (!widget.isAttached) {
      this._context.app.shell.add(widget, 'main', { mode: 'tab-after' });
    }
    this._context.app.shell.activateById(widget.id);
    return widget;
  }

  /** Close the views of what was deleted. */
  close(subject: ISubjectArgs): void {
    this.tracker.find(each => keyOf(subjectOf(each)) === keyOf(subject))?.dispose();
  }
}

function subjectOf(widget: MainAreaWidget<ReactWidget>): ISubjectArgs {
  const { workspace, kind, id } = (widget.content as DetailWidget).props;
  return { workspace, kind, id };
}

function keyOf({ workspace, kind, id }: ISubjectArgs): string {
  return `${workspace}/${kind}/${id}`;
}
