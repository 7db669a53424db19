using SpectralEarth.Models;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>Which parts of an encoder a recipe trains, and in which mode the others run.</summary>
internal sealed class Protocol(FinetuneRecipe recipe)
{
    private const string AdapterKey = "spectral_adapter.";

    /// <summary>Freezes the parameters that are not to be trained.</summary>
    public void Freeze(TaskModel network)
    {
        foreach (var (name, parameter) in network.Encoder.named_parameters())
        {
            // Positions are frozen from the start.
            if (!IsTrained(network.Encoder, name))
                parameter.requires_grad = false;
        }
    }

    /// <summary>Puts the network into training mode, but parts whose statistics are to stay.</summary>
    public void EnterTraining(TaskModel network)
    {
        network.train();
        if (recipe.AdapterStatistics == AdapterStatistics.Drifting)
            return;
        if (recipe.AdapterStatistics == AdapterStatistics.Frozen || !IsTrainedAdapter)
            network.Encoder.Adapter?.eval();
        for (var layer = 0; layer < network.Encoder.Layers.Count; layer++)
        {
            if (!IsTrainedLayer(layer))
                network.Encoder.Layers[layer].eval();
        }
    }

    private bool IsTrainedAdapter => recipe.Freeze is FrozenPart.None or FrozenPart.AllButAdapter;

    private bool IsTrained(Encoder encoder, string name)
    {
        if (name.StartsWith(AdapterKey, StringComparison.Ordinal))
            return IsTrainedAdapter;
        // Layer 0 comes before the first, the last after all of them.
        var layer = encoder.LayerOf(name) - 1;
        return layer >= 0 && layer < encoder.Layers.Count ? IsTrainedLayer(layer) : recipe.Freeze is FrozenPart.None or FrozenPart.Adapter;
    }

    private bool IsTrainedLayer(int layer) => recipe.Freeze is FrozenPart.None or FrozenPart.Adapter || layer < recipe.TrainFirstBlocks;
}
