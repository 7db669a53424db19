using System.Globalization;
using SpectralEarth.Tasks.Finetuning.Kinds;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>Which parts of an encoder a recipe trains, and in which mode the others run.</summary>
internal sealed class Protocol(FinetuneRecipe recipe)
{
    private const string Adapter = "spectral_adapter.", Block = "vit_core.blocks.";

    /// <summary>Freezes the parameters that are not to be trained.</summary>
    public void Freeze(TaskNetwork network)
    {
        foreach (var (name, parameter) in network.Encoder.named_parameters())
        {
            // Positions are frozen from the start.
            if (!IsTrained(name))
                parameter.requires_grad = false;
        }
    }

    /// <summary>Puts the network into training mode, but parts whose statistics are to stay.</summary>
    public void EnterTraining(TaskNetwork network)
    {
        network.Module.train();
        if (recipe.AdapterStatistics == AdapterStatistics.Frozen || (recipe.AdapterStatistics == AdapterStatistics.Updated && !IsTrained(Adapter)))
            network.Encoder.Adapter.eval();
    }

    /// <summary>Whether a parameter of the encoder is trained.</summary>
    /// <param name="name">Its key in the encoder.</param>
    internal bool IsTrained(string name)
    {
        var isAdapter = name.StartsWith(Adapter, StringComparison.Ordinal);
        return recipe.Freeze switch
        {
            FrozenPart.None => true,
            FrozenPart.Adapter => !isAdapter,
            FrozenPart.AllButAdapter => isAdapter || IsAmongFirstBlocks(name),
            FrozenPart.Encoder => IsAmongFirstBlocks(name),
            _ => throw new InvalidOperationException($"freeze {recipe.Freeze} is not known."),
        };
    }

    private bool IsAmongFirstBlocks(string name) => name.StartsWith(Block, StringComparison.Ordinal) &&
        int.Parse(name[Block.Length..name.IndexOf('.', Block.Length)], CultureInfo.InvariantCulture) < recipe.TrainFirstBlocks;
}
