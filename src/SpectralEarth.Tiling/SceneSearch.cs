using SpectralEarth.Scenes;
using SpectralEarth.Scenes.Products;

namespace SpectralEarth.Tiling;

/// <summary>The products that a user named, by scene: by name they are ordered and told apart.</summary>
internal sealed class SceneSearch
{
    private readonly SortedDictionary<string, string> scenes = new(StringComparer.Ordinal);
    private readonly List<RejectedScene> rejected = [];

    /// <summary>Opens all products once to learn their names.</summary>
    /// <exception cref="SceneException">A path does not exist.</exception>
    public SceneSearch(TilePlan plan, CancellationToken cancel)
    {
        Paths = SceneList.Expand(plan.Options.Scenes, plan.Sensor.Descriptor.Products);
        foreach (var path in Paths)
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                using var scene = plan.Open(path);
                if (!scenes.TryAdd(scene.Metadata.SceneId, path))
                    Reject(path, $"The same product as {scenes[scene.Metadata.SceneId]}. Name it once.");
            }
            catch (SceneException e)
            {
                Reject(path, e.Message);
            }
        }
    }

    /// <summary>All products, whether they can be used or not.</summary>
    public IReadOnlyList<string> Paths { get; }

    /// <summary>Path of each scene, by its name.</summary>
    public IReadOnlyDictionary<string, string> Scenes => scenes;

    /// <summary>Products that cannot be used.</summary>
    public IReadOnlyList<RejectedScene> Rejected => rejected;

    /// <summary>Notes that a product cannot be used.</summary>
    public void Reject(string path, string reason) => rejected.Add(new RejectedScene { Path = path, Reason = reason });
}
