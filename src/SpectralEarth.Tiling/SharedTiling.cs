using SpectralEarth.Scenes;

namespace SpectralEarth.Tiling;

/// <summary>One rank's work on scenes that several ranks tile together.</summary>
/// <param name="plan">Options of the run.</param>
/// <param name="shared">Folder of the ranks.</param>
/// <param name="tell">Told the number of the scene in work, its name, its share done and the patches of finished scenes.</param>
/// <param name="cancel">Stops the run.</param>
internal sealed class SharedTiling(TilePlan plan, SharedFolder shared, Action<int, string, double, int> tell, CancellationToken cancel)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private int settled, patches;

    /// <summary>Units of all ranks, when all scenes are settled.</summary>
    public List<UnitRecord> Units { get; } = [];

    /// <summary>Tiles whatever scene is free until all are finished or rejected, by this rank or another.</summary>
    /// <param name="scenes">All scenes.</param>
    /// <param name="start">Number of the scene to begin with; ranks that begin apart meet less often.</param>
    public void Run(IReadOnlyList<WantedScene> scenes, int start)
    {
        var left = scenes.Skip(start).Concat(scenes.Take(start)).ToList();
        while (left.Count > 0)
        {
            var before = left.Count;
            left = [.. left.Where(scene => !Settle(scene))];
            if (left.Count == before)
                cancel.WaitHandle.WaitOne(Pause);
        }
    }

    /// <summary>True if the scene, or one of its spares, is finished, or all are rejected, when this returns; false while another rank works on it.</summary>
    private bool Settle(WantedScene scene)
    {
        cancel.ThrowIfCancellationRequested();
        if (IsSettled(scene))
            return true;
        using var claim = shared.TryClaim(scene.Id);
        if (claim is null)
            return false;
        if (!IsSettled(scene))
            Count(scene.Id, scene.Candidates.Select(Tiled).FirstOrDefault(unit => unit is not null));
        return true;
    }

    private bool IsSettled(WantedScene scene)
    {
        foreach (var candidate in scene.Candidates)
        {
            if (Recorded(candidate) is { } unit)
            {
                Count(scene.Id, unit);
                return true;
            }

            if (shared.Rejection(candidate.Path) is null)
                return false;
        }

        Count(scene.Id, unit: null);
        return true;
    }

    private WorkUnit<UnitRecord>? Recorded(WantedScene scene) => SceneUnits.Recorded(shared.Work, scene);

    /// <summary>The unit of a candidate; null if it is rejected.</summary>
    private WorkUnit<UnitRecord>? Tiled(WantedScene wanted)
    {
        if (Recorded(wanted) is { } finished)
            return finished;
        if (shared.Rejection(wanted.Path) is not null)
            return null;
        try
        {
            return SceneUnits.Make(shared.Work, plan, wanted, done => tell(settled + 1, wanted.Id, done, patches), cancel);
        }
        catch (SceneException e)
        {
            shared.Reject(wanted.Path, e.Message);
            return null;
        }
    }

    private void Count(string id, WorkUnit<UnitRecord>? unit)
    {
        settled++;
        if (unit is not null)
            Units.Add(unit.Record);
        patches += unit?.Record.Scene.Patches ?? 0;
        tell(settled, id, 1, patches);
    }
}
